namespace AdvSeg.Core.Scheduling;

/// <summary>A token that its worker holds, and the highest step it has checkpointed under it.</summary>
public sealed record RenewedToken(long Token, int CheckpointStep);

/// <summary>A lease to end, why, and whether the loss counts towards a crash loop.</summary>
public sealed record LostLease(long Token, string Why, bool Counts);

/// <summary>What cluster membership says of a worker.</summary>
public enum WorkerLiveness
{
    Alive,

    /// <summary>The worker is not in the membership table: it was in an earlier cluster, or the table was emptied.</summary>
    Unknown,

    Dead,
}

using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>Which plan indices of a sweep are not settled, and where they are.</summary>
public sealed record OpenRuns
{
    /// <summary>Of a sweep that has ended.</summary>
    public static readonly OpenRuns None = new() { Leases = [], Settling = [] };

    /// <summary>The sweep's queue, or null when the scheduler does not know the sweep.</summary>
    public SweepQueue? Queue { get; init; }

    public required IReadOnlyList<OpenLease> Leases { get; init; }

    /// <summary>Settled but not yet acknowledged.</summary>
    public required IReadOnlyList<OpenSettlement> Settling { get; init; }

    /// <summary>The outcome is on its way: one that is not comes late, and another attempt has decided since.</summary>
    public bool Settles(int index, RunOutcome outcome) =>
        Settling.Any(s => s.Index == index && (outcome is not RunOutcome.Failed failed || failed.Attempt == s.Token));
}

public sealed record OpenLease(int Index, long Token, string Worker);

/// <summary>An outcome on its way, of the lease with this token.</summary>
public sealed record OpenSettlement(int Index, long Token);

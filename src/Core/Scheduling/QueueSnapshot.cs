using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Everything the scheduler must not forget, stored whole on each change. Its size grows with sweeps, leases and exceptions, never
/// with the number of runs: a sweep's settled runs are those its cursor has passed and nothing here names.
/// </summary>
public sealed record QueueSnapshot
{
    /// <summary>Version 2 added usage, held and withdrawn runs and the workers lost; what version 1 does not have is empty.</summary>
    public const int CurrentFormat = 2;

    public int FormatVersion { get; init; } = CurrentFormat;

    /// <summary>Raised by each activation that claims the state.</summary>
    public long Epoch { get; init; }

    /// <summary>The next fencing token. Tokens only rise, over the whole life of a cluster.</summary>
    public long NextToken { get; init; } = 1;

    /// <summary>The next place in first-in-first-out order.</summary>
    public long NextOrder { get; init; }

    public IReadOnlyList<SweepQueue> Sweeps { get; init; } = [];

    public IReadOnlyList<Lease> Leases { get; init; } = [];

    public IReadOnlyList<Settlement> Outbox { get; init; } = [];

    /// <summary>How often a worker was lost, over the whole life of a cluster.</summary>
    public long WorkersLost { get; init; }

    /// <summary>What each owner has used, running attempts up to their <see cref="Lease.Charged"/>.</summary>
    public IReadOnlyList<OwnerUsage> Usage { get; init; } = [];

    /// <exception cref="SpecException">It was written by a newer version.</exception>
    public void RefuseNewerFormat()
    {
        if (FormatVersion > CurrentFormat)
        {
            throw new SpecException(
                $"the scheduler's state has format {FormatVersion}; this version reads up to {CurrentFormat}. Start the version that wrote it.");
        }
    }
}

/// <summary>How long an owner's attempts held worker slots; an attempt that several owners wait for is split evenly.</summary>
public sealed record OwnerUsage(string Owner, double Seconds);

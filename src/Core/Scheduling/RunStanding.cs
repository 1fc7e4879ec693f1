namespace AdvSeg.Core.Scheduling;

/// <summary>Where an unsettled run of a sweep stands in the queue at one moment: the facts that <c>why</c> explains.</summary>
public sealed record RunStanding
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>The sweep's queue, or null when the scheduler does not know the sweep yet.</summary>
    public SweepQueue? Queue { get; init; }

    /// <summary>The run is paused in this sweep.</summary>
    public bool Held { get; init; }

    /// <summary>The attempt that trains it, for this sweep or for others.</summary>
    public StandingLease? Lease { get; init; }

    /// <summary>Its outcome is on the way to the sweep.</summary>
    public bool Settling { get; init; }

    /// <summary>How it waits for another attempt, if it had one.</summary>
    public RequeuedRun? Requeued { get; init; }

    /// <summary>Runs of this sweep that are served before it.</summary>
    public int AheadInSweep { get; init; }

    /// <summary>Hours of worker slots that the sweep's owner has used.</summary>
    public double UsedHours { get; init; }

    public double? LimitHours { get; init; }

    /// <summary>Sweeps that want the same slots now, in the order in which they are served; this sweep among them if it is ready.</summary>
    public required IReadOnlyList<Rival> Rivals { get; init; }

    public required IReadOnlyList<WorkerView> Workers { get; init; }
}

/// <summary>An attempt as its run's waiters see it.</summary>
public sealed record StandingLease(
    long Token, string Worker, DateTimeOffset Granted, int CheckpointStep, IReadOnlyList<string> Sweeps, bool Stopping);

/// <summary>A sweep in the order of serving, with how many runs its owner and it have running.</summary>
public sealed record Rival(string Sweep, string Owner, int Priority, int OwnerRunning, int SweepRunning);

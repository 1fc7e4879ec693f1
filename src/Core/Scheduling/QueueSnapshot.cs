namespace AdvSeg.Core;

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
}

/// <summary>How long an owner's attempts held worker slots; an attempt that several owners wait for is split evenly.</summary>
public sealed record OwnerUsage(string Owner, double Seconds);

/// <summary>A range of plan indices, [Start, Start + Count).</summary>
public sealed record IndexRange(int Start, int Count);

/// <summary>A sweep that wants a run, and the run's index in its plan.</summary>
public sealed record Waiter(string Sweep, int Index);

/// <summary>One sweep's place in the queue.</summary>
public sealed record SweepQueue
{
    public required string Sweep { get; init; }

    public required string Owner { get; init; }

    public required int Priority { get; init; }

    /// <summary><see cref="Core.Numerics"/> as text; only a worker with the same may run it.</summary>
    public required string Numerics { get; init; }

    public required long Order { get; init; }

    public bool Paused { get; init; }

    /// <summary>Plan indices wanted so far, in the order they are served: cross-validation, then the chosen folds' ablation.</summary>
    public required IReadOnlyList<IndexRange> Ranges { get; init; }

    /// <summary>How many indices of the ranges have been handed out.</summary>
    public int Cursor { get; init; }

    /// <summary>Exceptions behind the cursor: handed out before, wanted again. Served before the cursor moves.</summary>
    public IReadOnlyList<RequeuedRun> Requeued { get; init; } = [];

    /// <summary>Paused runs: granted nothing for this sweep until they are resumed.</summary>
    public IReadOnlyList<int> Held { get; init; } = [];

    /// <summary>Cancelled runs that the cursor has still to pass over.</summary>
    public IReadOnlyList<int> Withdrawn { get; init; } = [];

    /// <summary>Runs that had a result before this sweep asked.</summary>
    public int Reused { get; init; }
}

/// <summary>A run that was handed out before and waits again, at once or from a time on.</summary>
public sealed record RequeuedRun(int Index, DateTimeOffset? RetryAt, RunHistory History);

/// <summary>What earlier attempts of a run came to.</summary>
public sealed record RunHistory
{
    public static readonly RunHistory None = new();

    /// <summary>Workers lost since the last checkpoint beyond <see cref="CheckpointStep"/>.</summary>
    public int Losses { get; init; }

    /// <summary><see cref="QueueSnapshot.WorkersLost"/> before the first of these losses.</summary>
    public long WorkersLostBefore { get; init; }

    /// <summary>Attempts that failed, of any class.</summary>
    public int Failures { get; init; }

    /// <summary>The same by class; classes without a failure are not listed.</summary>
    public IReadOnlyList<ClassFailures> FailuresByClass { get; init; } = [];

    /// <summary>The highest checkpointed step that a worker told of.</summary>
    public int CheckpointStep { get; init; }

    /// <summary>How many attempts have ended, remembered here or not.</summary>
    public int Ended { get; init; }

    /// <summary>The newest attempts, oldest first; bounded.</summary>
    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];
}

public sealed record ClassFailures(FailureClass Failure, int Count);

/// <summary>How one attempt ended.</summary>
public enum AttemptEnd
{
    Completed,
    Failed,

    /// <summary>The grant never reached its worker, or the store refuses the worker.</summary>
    Released,

    /// <summary>The worker was lost.</summary>
    Lost,
    Cancelled,

    /// <summary>The worker was drained: checkpointed and let go.</summary>
    Preempted,

    /// <summary>Every sweep that waits for the run had paused: checkpointed and let go.</summary>
    Paused,
}

/// <summary>One attempt, ended.</summary>
public sealed record AttemptRecord(
    long Attempt, string Worker, DateTimeOffset Granted, DateTimeOffset Ended, AttemptEnd End, string? Message = null, FailureClass? Failure = null)
{
    /// <summary>One line for people, in the form of a log line.</summary>
    public override string ToString() =>
        $"{Ended:yyyy-MM-ddTHH:mm:ss.fffZ} attempt {Attempt} on {Worker}: {End.ToString().ToLowerInvariant()} after {(Ended - Granted).TotalSeconds:0} s"
        + (Message is null ? "" : $": {Message}");
}

/// <summary>A worker's time-limited exclusive right to one attempt. The token is the attempt's number.</summary>
public sealed record Lease
{
    public required long Token { get; init; }

    public required string Run { get; init; }

    public required string Worker { get; init; }

    /// <summary>The worker's call that it answers; a later call that does not hold the token proves that the answer was lost.</summary>
    public required long Sequence { get; init; }

    public required DateTimeOffset Granted { get; init; }

    public required IReadOnlyList<Waiter> Waiters { get; init; }

    public required RunHistory History { get; init; }

    /// <summary>Up to when its slot time has been charged to the owners; null: nothing yet.</summary>
    public DateTimeOffset? Charged { get; init; }
}

/// <summary>An outcome on its way to the sweeps that wait for it; it leaves the outbox when all have acknowledged.</summary>
public sealed record Settlement
{
    /// <summary>The lease it ended. With the run it names the settlement: a late acknowledgement must not drop a newer one.</summary>
    public long Token { get; init; }

    public required string Run { get; init; }

    public required RunOutcome Outcome { get; init; }

    public required IReadOnlyList<Waiter> Waiters { get; init; }

    public required IReadOnlyList<AttemptRecord> Attempts { get; init; }
}

/// <summary>Which plan indices of a sweep are not settled, and where they are.</summary>
public sealed record OpenRuns
{
    /// <summary>The sweep's queue, or null when the scheduler does not know the sweep.</summary>
    public SweepQueue? Queue { get; init; }

    public required IReadOnlyList<OpenLease> Leases { get; init; }

    /// <summary>Settled but not yet acknowledged.</summary>
    public required IReadOnlyList<OpenSettlement> Settling { get; init; }
}

public sealed record OpenLease(int Index, long Token, string Worker);

/// <summary>An outcome on its way, of the lease with this token.</summary>
public sealed record OpenSettlement(int Index, long Token);

using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>What earlier attempts of a run came to.</summary>
public sealed record RunHistory
{
    public static readonly RunHistory None = new();

    private const int AttemptsRemembered = 20;

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

    /// <summary>One attempt more has ended.</summary>
    public RunHistory With(AttemptRecord attempt) =>
        this with { Ended = Ended + 1, Attempts = [.. Attempts.TakeLast(AttemptsRemembered - 1), attempt] };

    /// <summary>One attempt more has failed.</summary>
    public RunHistory WithFailure(FailureClass failure) => this with
    {
        Failures = Failures + 1,
        FailuresByClass = [.. FailuresByClass.Where(f => f.Failure != failure), new ClassFailures(failure, FailuresOf(failure) + 1)],
    };

    public int FailuresOf(FailureClass failure) => FailuresByClass.FirstOrDefault(f => f.Failure == failure)?.Count ?? 0;
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
        $"{Ended:yyyy-MM-ddTHH:mm:ss.fffZ} attempt {Attempt} on {Worker}: "
        + $"{Kebab.Of(End)} after {(Ended - Granted).TotalSeconds:0} s"
        + (Message is null ? "" : $": {Message}");
}

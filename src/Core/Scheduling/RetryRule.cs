using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>What follows an attempt that ended badly: another one, at once or from a time on, or the run is given up.</summary>
/// <param name="History">The run's history with the attempt.</param>
/// <param name="RetryAt">When it may be tried again; null: at once.</param>
/// <param name="GivenUp">The run's outcome, or null when it is tried again.</param>
internal sealed record NextTry(RunHistory History, DateTimeOffset? RetryAt, RunOutcome.Failed? GivenUp);

/// <summary>Failures are retried per class, losses up to the <see cref="CrashLoopRule"/>.</summary>
internal sealed class RetryRule(LeasePolicy policy, CrashLoopRule crashLoops)
{
    public NextTry AfterFailure(Lease lease, FailureClass failure, string message, IReadOnlyList<string> logTail, DateTimeOffset now)
    {
        RunHistory history = lease.Ended(now, AttemptEnd.Failed, message, failure).WithFailure(failure);
        return history.FailuresOf(failure) > policy.MaxRetries(failure)
            ? new NextTry(history, null, new RunOutcome.Failed(failure, message, logTail, lease.Token))
            : new NextTry(history, now + policy.DelayAfterFailures(history.Failures), null);
    }

    public NextTry AfterLoss(Lease lease, LostLease lost, DateTimeOffset now)
    {
        RunHistory history = lease.Ended(now, AttemptEnd.Lost, lost.Why);
        history = lost.Counts ? crashLoops.CountLoss(history, lease.Worker, now) : history;
        if (!crashLoops.IsCrashLoop(history))
        {
            return new NextTry(history, lost.Counts ? crashLoops.RetryAt(history, now) : null, null);
        }

        string message = $"lost its worker {history.Losses} times without a new checkpoint (step {history.CheckpointStep}); "
            + $"the last time: {lost.Why}";
        string[] log = [.. history.Attempts.Select(a => a.ToString())];
        return new NextTry(history, null, new RunOutcome.Failed(FailureClass.CrashLoop, message, log, lease.Token));
    }
}

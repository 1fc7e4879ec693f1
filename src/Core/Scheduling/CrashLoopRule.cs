namespace AdvSeg.Core.Scheduling;

/// <summary>
/// A run that loses its worker again and again without reaching a new checkpoint is given up as a crash loop; losses with progress never
/// count, nor does the loss of a whole cluster, which no single run caused. Each worker that is lost meanwhile without this run is a sign of a storm,
/// many losses at once, and allows the run one loss more, up to a ceiling. From its second loss on the run waits, longer each time, so that other
/// losses of a storm have the time to happen.
/// </summary>
/// <param name="policy">How many losses, and how long the waits.</param>
/// <param name="workersLost">Workers lost before this scheduler's activation.</param>
internal sealed class CrashLoopRule(LeasePolicy policy, long workersLost)
{
    private readonly Dictionary<string, DateTimeOffset> _lately = [];

    /// <summary>How often the cluster lost a worker, whatever it trained.</summary>
    public long WorkersLost { get; private set; } = workersLost;

    /// <summary>Counts one loss of the run's worker, for the run and for the cluster.</summary>
    /// <returns>The run's history with it.</returns>
    public RunHistory CountLoss(RunHistory history, string worker, DateTimeOffset now)
    {
        long before = WorkersLost;
        CountWorker(worker, now);
        return history with
        {
            Losses = history.Losses + 1,

            // This worker may have been counted already, for another of its attempts.
            WorkersLostBefore = history.Losses == 0 ? Math.Min(before, WorkersLost - 1) : history.WorkersLostBefore,
        };
    }

    public bool IsCrashLoop(RunHistory history)
    {
        long others = Math.Max(0, WorkersLost - history.WorkersLostBefore - history.Losses);
        return history.Losses >= Math.Min(policy.MaxLosses + others, Math.Max(policy.MaxLosses, policy.MaxLossesInStorm));
    }

    /// <summary>When a run may be tried again after a loss that counted; null: at once.</summary>
    public DateTimeOffset? RetryAt(RunHistory history, DateTimeOffset now) =>
        history.Losses > 1 ? now + policy.DelayAfterLosses(history.Losses) : null;

    /// <summary>
    /// A worker that is lost with several attempts is one loss; so are leases of it that end within one term, because renewals of a silent
    /// worker end one by one.
    /// </summary>
    private void CountWorker(string worker, DateTimeOffset now)
    {
        foreach (string old in _lately.Where(l => now - l.Value > policy.TimeToLive).Select(l => l.Key).ToList())
        {
            _lately.Remove(old);
        }

        WorkersLost += _lately.TryAdd(worker, now) ? 1 : 0;
    }
}

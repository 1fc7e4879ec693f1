namespace AdvSeg.Core.Scheduling;

/// <summary>What the queue can say about one run.</summary>
public sealed partial class LeaseQueue
{
    /// <summary>Leases that everybody who waits for them has paused: their attempts are to checkpoint and let go.</summary>
    public IEnumerable<Lease> Stopping => _leases.Values.Where(l => l.Waiters.All(IsPaused));

    /// <summary>Where a run of a sweep stands.</summary>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="index">Plan index of the run.</param>
    /// <param name="run">Run id.</param>
    /// <param name="workers">The workers there are.</param>
    /// <param name="now">The moment.</param>
    public RunStanding StandingOf(string sweep, int index, string run, IReadOnlyList<WorkerView> workers, DateTimeOffset now)
    {
        if (!_sweeps.TryGetValue(sweep, out SweepQueue? queue))
        {
            return new RunStanding { Now = now, Rivals = [], Workers = workers };
        }

        (Dictionary<string, int> byOwner, Dictionary<string, int> bySweep) = Running();
        return new RunStanding
        {
            Now = now,
            Queue = queue,
            Held = queue.Held.Contains(index),
            Lease = LeaseOf(run),
            Settling = _outbox.Any(s => s.Waiters.Any(w => w.Sweep == sweep && w.Index == index)),
            Requeued = queue.Requeued.FirstOrDefault(r => r.Index == index),
            AheadInSweep = AheadOf(queue, index, now),
            UsedHours = UsedBy(queue.Owner, now).TotalHours,
            LimitHours = _policy.LimitOf(queue.Owner)?.TotalHours,
            Rivals =
            [
                .. InOrder(ReadyFor(queue.Numerics, now))
                    .Select(s => new Rival(s.Sweep, s.Owner, s.Priority, byOwner.GetValueOrDefault(s.Owner), bySweep.GetValueOrDefault(s.Sweep))),
            ],
            Workers = workers,
        };
    }

    private StandingLease? LeaseOf(string run)
    {
        if (!_tokenOfRun.TryGetValue(run, out long token))
        {
            return null;
        }

        Lease lease = _leases[token];
        return new StandingLease(
            token, lease.Worker, lease.Granted, lease.History.CheckpointStep, [.. lease.Waiters.Select(w => w.Sweep)], lease.Waiters.All(IsPaused));
    }

    /// <summary>Ready requeued runs go first, in their order, then the ranges.</summary>
    private static int AheadOf(SweepQueue queue, int index, DateTimeOffset now)
    {
        List<int> ready = [.. queue.Requeued.Where(r => IsReady(queue, r, now)).Select(r => r.Index)];
        int requeued = ready.IndexOf(index);
        return requeued >= 0 ? requeued : ready.Count + Math.Max(0, (queue.PositionOf(index) ?? queue.Total()) - queue.Cursor);
    }
}

namespace AdvSeg.Core.Scheduling;

/// <summary>What the queue can say about single runs. It changes nothing.</summary>
internal sealed class Standings(SweepBook sweeps, LeaseBook leases, Outbox outbox, UsageBook usage, ServingLine line, LeasePolicy policy)
{
    public RunStanding Of(string sweep, int index, string run, IReadOnlyList<WorkerView> workers, DateTimeOffset now)
    {
        if (sweeps.Find(sweep) is not { } queue)
        {
            return new RunStanding { Now = now, Rivals = [], Workers = workers };
        }

        return new RunStanding
        {
            Now = now,
            Queue = queue,
            Held = queue.Held.Contains(index),
            Lease = leases.OfRun(run) is { } lease ? Of(lease) : null,
            Settling = outbox.Holds(sweep, index),
            Requeued = queue.Requeued.FirstOrDefault(r => r.Index == index),
            AheadInSweep = AheadOf(queue, index, now),
            UsedHours = usage.UsedBy(queue.Owner, now).TotalHours,
            LimitHours = policy.LimitOf(queue.Owner)?.TotalHours,
            Rivals = line.Rivals(queue.Numerics, now),
            Workers = workers,
        };
    }

    public OpenRuns OpenRunsOf(string sweep) => new()
    {
        Queue = sweeps.Find(sweep),
        Leases =
        [
            .. from lease in leases.Leases
               from w in lease.Waiters
               where w.Sweep == sweep
               select new OpenLease(w.Index, lease.Token, lease.Worker),
        ],
        Settling = [.. from s in outbox.Settlements from w in s.Waiters where w.Sweep == sweep select new OpenSettlement(w.Index, s.Token)],
    };

    private StandingLease Of(Lease lease)
    {
        IReadOnlyList<string> waiting = [.. lease.Waiters.Select(w => w.Sweep)];
        return new StandingLease(lease.Token, lease.Worker, lease.Granted, lease.History.CheckpointStep, waiting, lease.Waiters.All(sweeps.IsPaused));
    }

    /// <summary>Ready requeued runs go first, in their order, then the ranges.</summary>
    private static int AheadOf(SweepQueue queue, int index, DateTimeOffset now)
    {
        List<int> ready = [.. queue.Ready(now).Select(r => r.Index)];
        int requeued = ready.IndexOf(index);
        return requeued >= 0 ? requeued : ready.Count + Math.Max(0, (queue.PositionOf(index) ?? queue.Total()) - queue.Cursor);
    }
}

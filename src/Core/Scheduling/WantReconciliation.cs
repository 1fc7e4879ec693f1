namespace AdvSeg.Core.Scheduling;

/// <summary>How a queue is made to agree with what a sweep wants.</summary>
public static class WantReconciliation
{
    /// <summary>Makes the sweep's queue what the sweep wants. A repeat changes nothing.</summary>
    /// <param name="queue">The queue of all sweeps.</param>
    /// <param name="wants">What one sweep wants.</param>
    /// <param name="now">The end of attempts that are abandoned by this.</param>
    public static void Want(this LeaseQueue queue, SweepWants wants, DateTimeOffset now)
    {
        if (wants.Ended)
        {
            queue.Remove(wants.Sweep, now);
            return;
        }

        queue.Add(wants.Sweep, wants.Owner, wants.Priority, wants.Numerics);

        // Must come before the retried runs: one that was never queued is then ahead of the cursor, and is not requeued behind it as well.
        queue.Extend(wants.Sweep, wants.Wanted);
        queue.Requeue(wants.Sweep, wants.Retried.Indices());
        int[] open = [.. OpenOf(queue.OpenRunsOf(wants.Sweep), wants.Withdrawn.Indices())];
        if (open.Length > 0)
        {
            queue.Withdraw(wants.Sweep, open, now);
        }

        queue.Hold(wants.Sweep, wants.Held);
        queue.SetPaused(wants.Sweep, wants.Paused);
    }

    /// <summary>Those of the indices whose runs the scheduler trains, will train, or has settled without an acknowledgement yet.</summary>
    private static IEnumerable<int> OpenOf(OpenRuns open, IEnumerable<int> indices)
    {
        SweepQueue queue = open.Queue!;
        HashSet<int> behind = [.. queue.Requeued.Select(r => r.Index), .. open.Leases.Select(l => l.Index), .. open.Settling.Select(s => s.Index)];
        HashSet<int> passedOver = [.. queue.Withdrawn];
        return indices.Where(i => behind.Contains(i) || (queue.PositionOf(i) >= queue.Cursor && !passedOver.Contains(i)));
    }
}

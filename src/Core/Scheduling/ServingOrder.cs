namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Which of two ready sweeps is served first: that of the higher priority, then of the owner with fewest running attempts, then the one
/// with fewest running itself, then the one that was there first. No two sweeps have the same <see cref="SweepQueue.Order"/>.
/// </summary>
internal sealed class ServingOrder(RunningCounts running) : IComparer<SweepQueue>
{
    public int Compare(SweepQueue? x, SweepQueue? y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        int byPriority = y.Priority.CompareTo(x.Priority);
        if (byPriority != 0)
        {
            return byPriority;
        }

        int byOwner = running.OfOwner(x.Owner).CompareTo(running.OfOwner(y.Owner));
        if (byOwner != 0)
        {
            return byOwner;
        }

        int bySweep = running.OfSweep(x.Sweep).CompareTo(running.OfSweep(y.Sweep));
        return bySweep != 0 ? bySweep : x.Order.CompareTo(y.Order);
    }
}

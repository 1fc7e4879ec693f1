namespace AdvSeg.UseCases.Progress;

/// <summary>How long the rest takes.</summary>
/// <param name="Remaining">From now, at the measured speeds.</param>
/// <param name="Unmeasured">Variants that still have steps to train but no measured speed; while there are any, <see cref="Remaining"/> is
/// a lower bound.</param>
public sealed record Eta(TimeSpan Remaining, IReadOnlyList<string> Unmeasured)
{
    /// <summary>
    /// The time until a pool of equal slots has worked off everything: each slot takes the next queued run when it is free, and the
    /// stages follow one another, because the ablation waits for the choice (greedy list scheduling, Graham 1966).
    /// </summary>
    /// <param name="running">Seconds left of the runs that hold a slot.</param>
    /// <param name="stages">For each remaining stage, the current one first, the seconds of its queued runs in the order they are leased.</param>
    /// <param name="slots">At least 1; raised to the number of running runs.</param>
    public static TimeSpan Makespan(IReadOnlyList<double> running, IReadOnlyList<IReadOnlyList<double>> stages, int slots)
    {
        double start = 0;
        double end = running.Count == 0 ? 0 : running.Max();
        IReadOnlyList<double> held = running;
        foreach (IReadOnlyList<double> queued in stages)
        {
            end = Math.Max(end, FinishAt(held, queued, Math.Max(slots, running.Count), start));
            start = end;
            held = [];
        }

        return TimeSpan.FromSeconds(end);
    }

    private static double FinishAt(IReadOnlyList<double> held, IReadOnlyList<double> queued, int slots, double start)
    {
        var free = new PriorityQueue<double, double>();
        double end = start;
        for (int slot = 0; slot < Math.Max(1, slots); slot++)
        {
            double at = start + (slot < held.Count ? held[slot] : 0);
            free.Enqueue(at, at);
        }

        foreach (double seconds in queued)
        {
            double at = free.Dequeue() + seconds;
            free.Enqueue(at, at);
            end = Math.Max(end, at);
        }

        return end;
    }
}

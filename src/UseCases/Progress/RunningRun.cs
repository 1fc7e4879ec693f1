using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Progress;

/// <summary>A run that holds a slot, with the newest that is known of it.</summary>
public sealed record RunningRun(RunRow Row, TrainingProgress? Progress);

/// <summary>Which runs of a sweep train at a moment.</summary>
/// <param name="Rows">Runs whose worker is alive: a lease of one that is gone is shown as running until the scheduler ends it.</param>
/// <param name="Slots">Slots that the sweep can count on: those of its runs and the free ones; at least 1.</param>
public sealed record RunningNow(IReadOnlyList<RunRow> Rows, int Slots)
{
    public static RunningNow Of(IEnumerable<RunRow> running, IReadOnlyList<WorkerView> workers)
    {
        HashSet<string> alive = [.. workers.Select(w => w.Worker)];
        List<RunRow> rows = [.. running.Where(r => r.Worker is { } worker && alive.Contains(worker))];
        return new RunningNow(rows, Math.Max(1, workers.Where(w => !w.Draining).Sum(w => w.Slots - w.Busy) + rows.Count));
    }
}

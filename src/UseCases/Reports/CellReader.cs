using AdvSeg.Core.Plans;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Reports;

/// <summary>What a sweep has found, from its cells. A run is fetched and unpacked once, as long as its sweep is among those looked at last.</summary>
public sealed class CellReader(SweepCatalog sweeps, IGrainFactory grains)
{
    /// <summary>The runs of all known sweeps together; those of the sweep looked at last are kept however many they are.</summary>
    private const long MostBytes = 256 << 20;
    private const int ParallelCells = 2;
    private readonly Lock _lock = new();
    private readonly LinkedList<KnownRuns> _used = [];

    /// <summary>Every table and figure but the gallery.</summary>
    public async Task<SweepReport> ReportAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        Plan plan = await sweeps.GetPlanAsync(status.Sweep, cancellationToken);
        KnownRuns known = Known(plan);
        IReadOnlyDictionary<string, ScoredRun> runs = await known.WithAsync(CellsOf(plan, status.Choice), cancellationToken);
        Trim();
        IReadOnlyList<string> lost = known.Lost;
        return await Task.Run(() => SweepReport.Of(plan, status.Tuning, status.Choice, runs, lost), cancellationToken);
    }

    private IEnumerable<CellSource> CellsOf(Plan plan, Choice? choice)
    {
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(plan.Sweep);
        foreach (FoldPlan fold in plan.Folds)
        {
            yield return new(() => sweep.GetCell(fold.Index, null), grains.GetGrain<IFoldGrain>($"{plan.Sweep}/{fold.Index}").GetScores);
        }

        foreach (int fold in choice?.Folds ?? [])
        {
            for (int level = 0; level < plan.Folds[fold].LevelPositives.Count; level++)
            {
                int at = level;
                yield return new(() => sweep.GetCell(fold, at), grains.GetGrain<IAblationPointGrain>($"{plan.Sweep}/{fold}/{at}").GetScores);
            }
        }
    }

    private KnownRuns Known(Plan plan)
    {
        lock (_lock)
        {
            KnownRuns known = _used.FirstOrDefault(k => k.Sweep == plan.Sweep) ?? new(plan, ParallelCells);
            _used.Remove(known);
            _used.AddFirst(known);
            return known;
        }
    }

    private void Trim()
    {
        lock (_lock)
        {
            long bytes = _used.Sum(k => k.Bytes);
            while (bytes > MostBytes && _used.Count > 1)
            {
                bytes -= _used.Last!.Value.Bytes;
                _used.RemoveLast();
            }
        }
    }
}

/// <summary>One cell: what its sweep says of it, and its runs a page from a plan index on.</summary>
internal sealed record CellSource(Func<Task<CellRuns>> Runs, Func<int, Task<CellPage>> Page);

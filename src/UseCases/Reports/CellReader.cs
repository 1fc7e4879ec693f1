using AdvSeg.Core.Plans;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Reports;

/// <summary>What a sweep has found, from its cells. A run is fetched and unpacked once, as long as its sweep is among those looked at last.</summary>
public sealed class CellReader(SweepCatalog sweeps, IGrainFactory grains, TimeProvider clock) : IDisposable
{
    /// <summary>The runs of all known sweeps together; those of the sweep looked at last are kept however many they are.</summary>
    private const long MostBytes = 256 << 20;
    private const int ParallelCells = 2;
    private readonly UsedLately<KnownRuns> _known = new(clock, known => known.Bytes, MostBytes, mayGo: known => !known.IsFetching);

    /// <summary>Every table and figure but the gallery.</summary>
    public async Task<SweepReport> ReportAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        Plan plan = await sweeps.GetPlanAsync(status.Sweep, cancellationToken);
        KnownRuns known = _known.Get(plan.Sweep, () => new KnownRuns(plan, ParallelCells));
        IReadOnlyDictionary<string, ScoredRun> runs = await known.WithAsync(CellsOf(plan, status.Choice), cancellationToken);
        _known.Touch(plan.Sweep);
        _known.Trim();
        IReadOnlyList<string> lost = known.Lost;
        return await Task.Run(() => SweepReport.Of(plan, status.Tuning, status.Choice, runs, lost), cancellationToken);
    }

    public void Dispose() => _known.Dispose();

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
}

/// <summary>One cell: what its sweep says of it, and its runs a page from a plan index on.</summary>
internal sealed record CellSource(Func<Task<CellRuns>> Runs, Func<int, Task<CellPage>> Page);

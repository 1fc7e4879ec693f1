using AdvSeg.Core.Plans;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Reports;

/// <summary>What a sweep has found, from its cells: no result is read for it but by the cell that takes it, once.</summary>
public sealed class CellReader(SweepCatalog sweeps, IGrainFactory grains)
{
    /// <summary>Every table and figure but the gallery.</summary>
    public async Task<SweepReport> ReportAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        Plan plan = await sweeps.GetPlanAsync(status.Sweep, cancellationToken);
        List<Func<int, Task<CellPage>>> cells = [.. plan.Folds.Select(f => PagesOf(grains.GetGrain<IFoldGrain>($"{plan.Sweep}/{f.Index}")))];
        foreach (int fold in status.Choice?.Folds ?? [])
        {
            cells.AddRange(Enumerable.Range(0, plan.Folds[fold].LevelPositives.Count)
                .Select(level => PagesOf(grains.GetGrain<IAblationPointGrain>($"{plan.Sweep}/{fold}/{level}"))));
        }

        CellRun[][] runs = await Task.WhenAll(cells.Select(pages => ReadAsync(pages, cancellationToken)));
        return await Task.Run(() => SweepReport.Of(plan, status.Tuning, status.Choice, runs.SelectMany(r => r)), cancellationToken);
    }

    private static Func<int, Task<CellPage>> PagesOf(IFoldGrain fold) => fold.GetScores;

    private static Func<int, Task<CellPage>> PagesOf(IAblationPointGrain point) => point.GetScores;

    private static async Task<CellRun[]> ReadAsync(Func<int, Task<CellPage>> pages, CancellationToken cancellationToken)
    {
        List<CellRun> runs = [];
        for (int? from = 0; from is { } index;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CellPage page = await pages(index);
            runs.AddRange(page.Runs.Select(PackedRun.Unpack));
            from = page.Next;
        }

        return [.. runs];
    }
}

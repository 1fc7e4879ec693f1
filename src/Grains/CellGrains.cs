using System.Diagnostics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>A fold and its completed runs with all positive training patients, those that only tuned included.</summary>
[GrainType("fold")]
[CollectionAgeLimit(Minutes = CellFace.KeptMinutes)]
public sealed class FoldGrain(PlanCatalog plans, IArtifactStore store, SweepTraces traces, ILogger<FoldGrain> logger) : Grain, IFoldGrain
{
    private readonly CellFace _face = new(plans, store, traces, logger);

    public Task<CellView?> GetView() => _face.ViewAsync(this.GetPrimaryKeyString(), GrainFactory);

    public Task<CellPage> GetScores(int from) => _face.ScoresAsync(this.GetPrimaryKeyString(), GrainFactory, from);

    public Task<CellRow[]> GetRows(int[] completed) => _face.RowsAsync(this.GetPrimaryKeyString(), completed);
}

/// <summary>A reduction level on a fold and its completed runs.</summary>
[GrainType("point")]
[CollectionAgeLimit(Minutes = CellFace.KeptMinutes)]
public sealed class AblationPointGrain(
    PlanCatalog plans, IArtifactStore store, SweepTraces traces, ILogger<AblationPointGrain> logger) : Grain, IAblationPointGrain
{
    private readonly CellFace _face = new(plans, store, traces, logger);

    public Task<CellView?> GetView() => _face.ViewAsync(this.GetPrimaryKeyString(), GrainFactory);

    public Task<CellPage> GetScores(int from) => _face.ScoresAsync(this.GetPrimaryKeyString(), GrainFactory, from);

    public Task<CellRow[]> GetRows(int[] completed) => _face.RowsAsync(this.GetPrimaryKeyString(), completed);
}

/// <summary>Brings a cell up to what its sweep has completed, then answers from it.</summary>
internal sealed class CellFace(PlanCatalog plans, IArtifactStore store, SweepTraces traces, ILogger logger)
{
    /// <summary>
    /// Minutes without a call after which a cell is let go: it takes memory for all its runs, and is read again when somebody asks.
    /// </summary>
    public const int KeptMinutes = 5;

    /// <summary>Well below what one message may hold.</summary>
    private const int PageBytes = 8 << 20;

    private Task<Cell?>? _opening;

    public async Task<CellView?> ViewAsync(string key, IGrainFactory grains) =>
        await CurrentAsync(key, grains) is var (cell, runs) ? cell.View(runs) : null;

    public async Task<CellPage> ScoresAsync(string key, IGrainFactory grains, int from) =>
        await CurrentAsync(key, grains) is var (cell, _) ? cell.Page(from, PageBytes) : new CellPage([], null);

    public async Task<CellRow[]> RowsAsync(string key, int[] completed)
    {
        if (await OpenAsync(key) is not { } cell)
        {
            return [];
        }

        await TakeAsync(cell, completed, isAll: false);
        return [.. completed.Select(cell.Row)];
    }

    private async Task<(Cell Cell, CellRuns Runs)?> CurrentAsync(string key, IGrainFactory grains)
    {
        if (await OpenAsync(key) is not { } cell)
        {
            return null;
        }

        CellRuns runs = await grains.GetGrain<ISweepGrain>(cell.Sweep).GetCell(cell.Fold, cell.Level);
        await TakeAsync(cell, runs.Completed, isAll: true);
        return (cell, runs);
    }

    private async Task TakeAsync(Cell cell, IReadOnlyList<int> completed, bool isAll)
    {
        if (cell.Lacks(completed))
        {
            using Activity? span = Traces.Start(Spans.Aggregate, await traces.FindAsync(cell.Sweep))?.SetTag(Traces.SweepTag, cell.Sweep);
            await cell.TakeAsync(completed, isAll);
        }
    }

    /// <summary>Calls that interleave share one reading; after one that failed the next call reads again.</summary>
    private async Task<Cell?> OpenAsync(string key)
    {
        Task<Cell?> opening = _opening ??= ReadAsync(key);
        try
        {
            return await opening;
        }
        catch
        {
            _opening = _opening == opening ? null : _opening;
            throw;
        }
    }

    /// <summary>Null when the sweep has no such cell.</summary>
    private async Task<Cell?> ReadAsync(string key)
    {
        if (Parse(key) is not var (sweep, fold, level))
        {
            return null;
        }

        Plan plan = await plans.GetAsync(sweep);
        if (fold < 0 || fold >= plan.Folds.Count || level < 0 || level >= plan.Folds[fold].LevelPositives.Count)
        {
            return null;
        }

        var cell = new Cell(plan, fold, level, store, logger);
        await cell.RestoreAsync();
        return cell;
    }

    private static (string Sweep, int Fold, int? Level)? Parse(string key) => key.Split('/') switch
    {
        [var sweep, var fold] when int.TryParse(fold, out int index) => (sweep, index, null),
        [var sweep, var fold, var level] when int.TryParse(fold, out int index) && int.TryParse(level, out int at) => (sweep, index, at),
        _ => null,
    };
}

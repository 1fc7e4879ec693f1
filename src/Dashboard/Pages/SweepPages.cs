using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Http;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Progress;
using AdvSeg.UseCases.Reports;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Gathers what a sweep's page, or one part of it, shows. No part costs more for a larger sweep than its page of rows.</summary>
internal sealed class SweepPages(
    SweepCatalog sweeps, ReportCatalog reports, RemainingTimes remaining, IGrainFactory grains, TimeProvider clock)
{
    public const int SweepsPerPage = 50;
    public const int RunsPerPage = 50;
    private const int RunningShown = 40;

    /// <summary>How long a page waits for its report. After that it comes without one and asks for it again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public async Task<Dictionary<string, object?>> ListAsync(int offset, CancellationToken cancellationToken)
    {
        IReadOnlyList<SweepStatus> all = await sweeps.ListAsync(cancellationToken);
        IReadOnlyList<SweepStatus> shown = [.. all.Skip(offset).Take(SweepsPerPage)];
        return new()
        {
            ["Sweeps"] = shown,
            ["Remaining"] = await remaining.FindAllAsync(shown, cancellationToken),
            ["Total"] = all.Count,
            ["Offset"] = offset,
            ["Workers"] = await WorkersAsync(),
            ["Now"] = clock.GetUtcNow(),
        };
    }

    public async Task<IReadOnlyList<WorkerView>> WorkersAsync() => await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers();

    /// <summary>Each page asks for it once and hands it to its parts.</summary>
    public async Task<SweepStatus> StatusAsync(string id) => await sweeps.GetAsync(id);

    public async Task<SweepModel> HeaderAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        Eta? eta = await remaining.FindAsync(status, cancellationToken);
        return new SweepModel(status, await sweeps.GetPlanAsync(status.Sweep, cancellationToken), clock.GetUtcNow(), eta);
    }

    public async Task<ScoresModel> ScoresAsync(SweepModel header, CancellationToken cancellationToken) =>
        new(header, await sweeps.GetCellsAsync(header.Status, cancellationToken));

    public async Task<RunPage> RunningAsync(SweepStatus status) =>
        await grains.GetGrain<ISweepGrain>(status.Sweep).GetRuns(0, RunningShown, RunState.Running);

    public async Task<RunsModel> RunsAsync(SweepStatus status, int? offset, string? state)
    {
        RunState? wanted = Paging.StateOf(state);
        (int skip, int count) = Paging.Page(offset, RunsPerPage);
        return new RunsModel(status.Sweep, await grains.GetGrain<ISweepGrain>(status.Sweep).GetRuns(skip, count, wanted), wanted, status);
    }

    /// <summary>Nothing is computed before the first run is completed.</summary>
    public async Task<ReportModel> ReportAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        Plan plan = await sweeps.GetPlanAsync(status.Sweep, cancellationToken);
        bool hasAblation = plan.Spec.Ablation is null || status.Choice is { Folds.Count: > 0 };
        Computed<LiveReport>? report = status.Completed == 0 ? null : await reports.FindAsync(status, Patience, cancellationToken);
        IReadOnlyList<LiveFile> files = report is null ? [] : report.Value.Files;
        if (report is not null && status.Reported)
        {
            files = [.. (await reports.ListStoredAsync(status, cancellationToken)).Select(f => new LiveFile(f.Name, f.ContentType, f.Bytes))];
        }

        return new ReportModel(status, report, files, hasAblation, clock.GetUtcNow());
    }
}

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

    public async Task<SweepModel> HeaderAsync(string id, CancellationToken cancellationToken)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        Eta? eta = await remaining.FindAsync(status, cancellationToken);
        return new SweepModel(status, await sweeps.GetPlanAsync(status.Sweep, cancellationToken), clock.GetUtcNow(), eta);
    }

    public async Task<ScoresModel> ScoresAsync(SweepModel header, CancellationToken cancellationToken) =>
        new(header, await sweeps.GetCellsAsync(header.Status, cancellationToken));

    public async Task<RunPage> RunningAsync(string id)
    {
        await sweeps.GetAsync(id);
        return await grains.GetGrain<ISweepGrain>(id).GetRuns(0, RunningShown, RunState.Running);
    }

    public async Task<RunsModel> RunsAsync(string id, int? offset, string? state)
    {
        RunState? wanted = Paging.StateOf(state);
        (int skip, int count) = Paging.Page(offset, RunsPerPage);
        SweepStatus status = await sweeps.GetAsync(id);
        return new RunsModel(id, await grains.GetGrain<ISweepGrain>(id).GetRuns(skip, count, wanted), wanted, status);
    }

    /// <summary>Nothing is drawn before the first run is completed.</summary>
    public async Task<ReportModel> ReportAsync(string id, CancellationToken cancellationToken)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        if (status.Completed == 0)
        {
            return new ReportModel(status, null, [], false);
        }

        Plan plan = await sweeps.GetPlanAsync(status.Sweep, cancellationToken);
        return new ReportModel(
            status,
            await reports.GetTable1Async(status, cancellationToken),
            await reports.ListAsync(id, cancellationToken),
            plan.Spec.Ablation is null || status.Choice is { Folds.Count: > 0 });
    }
}

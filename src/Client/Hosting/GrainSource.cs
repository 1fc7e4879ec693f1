using AdvSeg.Client.Progress;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Client.Hosting;

/// <summary>Progress from the grains of this process.</summary>
internal sealed class GrainSource(IGrainFactory grains) : IProgressSource
{
    public Task<SweepStatus?> GetStatusAsync(string sweep, CancellationToken cancellationToken) =>
        grains.GetGrain<ISweepGrain>(sweep).GetStatus().WaitAsync(cancellationToken);

    public Task<RunPage> GetRunsAsync(string sweep, int offset, int count, RunState? state, CancellationToken cancellationToken) =>
        grains.GetGrain<ISweepGrain>(sweep).GetRuns(offset, count, state).WaitAsync(cancellationToken);

    public Task<ProgressBatch> GetProgressAsync(string sweep, long since, CancellationToken cancellationToken) =>
        grains.GetGrain<IProgressHubGrain>(sweep).GetSince(since).WaitAsync(cancellationToken);

    public Task<IReadOnlyList<WorkerView>> GetWorkersAsync(CancellationToken cancellationToken) =>
        grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers().WaitAsync(cancellationToken);
}

using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Client.Progress;

/// <summary>Where a display asks: the grains of this process, or a server.</summary>
internal interface IProgressSource
{
    /// <summary>The status, or null when there is no such sweep.</summary>
    Task<SweepStatus?> GetStatusAsync(string sweep, CancellationToken cancellationToken);

    Task<RunPage> GetRunsAsync(string sweep, int offset, int count, RunState? state, CancellationToken cancellationToken);

    Task<ProgressBatch> GetProgressAsync(string sweep, long since, CancellationToken cancellationToken);

    Task<IReadOnlyList<WorkerView>> GetWorkersAsync(CancellationToken cancellationToken);
}

using AdvSeg.Core.Runs;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Telemetry.Gpu;

namespace AdvSeg.Silo.Worker;

/// <summary>What people see of a worker's attempts while they train: their progress, and how much of the device each uses.</summary>
/// <param name="worker">The worker's name.</param>
/// <param name="grains">Who is told.</param>
/// <param name="gpu">The worker's GPU; null: CPU slots.</param>
/// <param name="logger">Told when nobody listens.</param>
internal sealed partial class LiveReports(string worker, IGrainFactory grains, GpuMetrics? gpu, ILogger logger)
{
    /// <summary>Never throws: the next batch replaces this one.</summary>
    public async Task SendAsync(IReadOnlyCollection<Attempt> attempts)
    {
        if (attempts.Count == 0)
        {
            return;
        }

        var bySweep = from attempt in attempts
                      where attempt.Progress is not null
                      from sweep in attempt.Grant.Sweeps
                      group new RunProgress(attempt.Grant.Run, attempt.Grant.Token, worker, 0, attempt.Progress!) by sweep;
        try
        {
            await Task.WhenAll(
                [
                    .. bySweep.Select(s => grains.GetGrain<IProgressHubGrain>(s.Key).Report(s.ToArray())),
                    grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).Utilise(worker, DeviceShares.Of(attempts, gpu?.Utilisation)),
                ]);
        }
        catch (Exception e)
        {
            LogNotReported(logger, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Progress was not reported")]
    private static partial void LogNotReported(ILogger logger, Exception exception);
}

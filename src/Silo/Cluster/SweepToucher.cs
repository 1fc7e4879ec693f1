using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Cluster;

/// <summary>
/// Nothing waits for a user to call: at start and every 10 s, the scheduler and every sweep that has not ended are touched, which
/// activates them wherever they were lost.
/// </summary>
public sealed partial class SweepToucher(
    IGrainFactory grains, IArtifactStore store, TimeProvider clock, ILogger<SweepToucher> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    /// <summary>Ended sweeps with the number of retry orders they had then: one more means that the sweep may go on.</summary>
    private readonly Dictionary<string, int> _ended = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await TouchAllAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotTouched(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TouchAllAsync(CancellationToken cancellationToken)
    {
        await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).Touch();
        Dictionary<string, int> retries = [];
        HashSet<string> planned = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Sweeps, cancellationToken))
        {
            if (ArtifactKeys.SweepOfPlan(info.Key) is { } sweep)
            {
                planned.Add(sweep);
            }
            else if (ArtifactKeys.SweepOfRetry(info.Key) is { } retried)
            {
                retries[retried] = retries.GetValueOrDefault(retried) + 1;
            }
        }

        foreach (string sweep in planned)
        {
            int orders = retries.GetValueOrDefault(sweep);
            if (!(_ended.TryGetValue(sweep, out int known) && known == orders) && await grains.GetGrain<ISweepGrain>(sweep).Touch())
            {
                _ended[sweep] = orders;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not every unfinished sweep could be touched; trying again in 10 s")]
    private static partial void LogNotTouched(ILogger logger, Exception exception);
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Cluster;

/// <summary>
/// Touches the scheduler and every sweep that has not ended, at start and every 10 s. That activates those that were lost with a silo, so none waits
/// for a user to call.
/// </summary>
public sealed partial class SweepToucher(
    IGrainFactory grains, IArtifactStore store, TimeProvider clock, ILogger<SweepToucher> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>Ended sweeps with the number of retry orders they had then: one more means that the sweep may go on.</summary>
    private readonly Dictionary<string, int> _ended = [];

    /// <summary>Sweeps that could not be touched. Each waits longer every time: one that is damaged must not fill the log.</summary>
    private readonly Dictionary<string, (DateTimeOffset NotBefore, TimeSpan Wait)> _failed = [];

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
            bool isDue = !(_failed.TryGetValue(sweep, out var failed) && failed.NotBefore > clock.GetUtcNow());
            if (isDue && !(_ended.TryGetValue(sweep, out int known) && known == orders))
            {
                await TouchAsync(sweep, orders, cancellationToken);
            }
        }
    }

    private async Task TouchAsync(string sweep, int orders, CancellationToken cancellationToken)
    {
        try
        {
            if (await grains.GetGrain<ISweepGrain>(sweep).Touch().WaitAsync(cancellationToken))
            {
                _ended[sweep] = orders;
            }

            _failed.Remove(sweep);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait = _failed.TryGetValue(sweep, out var before)
                ? TimeSpan.FromTicks(Math.Min(2 * before.Wait.Ticks, LongestWait.Ticks))
                : Period;
            _failed[sweep] = (clock.GetUtcNow() + wait, wait);
            LogSweepNotTouched(logger, sweep, DamagedException.In(e)?.Message ?? e.Message, wait);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} does not go on; trying again in {Wait}: {Reason}")]
    private static partial void LogSweepNotTouched(ILogger logger, string sweep, string reason, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not every unfinished sweep could be touched; trying again in 10 s")]
    private static partial void LogNotTouched(ILogger logger, Exception exception);
}

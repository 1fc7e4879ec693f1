using AdvSeg.Core;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo;

/// <summary>
/// Nothing waits for a user to call: at start and every 10 s, the scheduler and every sweep that has not ended are touched, which
/// activates them wherever they were lost.
/// </summary>
public sealed partial class SweepToucher(IGrainFactory grains, IArtifactStore store, TimeProvider clock, ILogger<SweepToucher> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private readonly HashSet<string> _ended = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                await TouchAllAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNotTouched(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TouchAllAsync(CancellationToken cancellationToken)
    {
        await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).Touch();
        await foreach (ArtifactInfo info in store.ListAsync("sweeps/", cancellationToken))
        {
            if (info.Key.Split('/') is [_, var sweep, "plan.json"] && !_ended.Contains(sweep) && await grains.GetGrain<ISweepGrain>(sweep).Touch())
            {
                _ended.Add(sweep);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not every unfinished sweep could be touched; trying again in 10 s")]
    private static partial void LogNotTouched(ILogger logger, Exception exception);
}

using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary>Looks at the cluster every few seconds for <see cref="ClusterMetrics"/>, so that a scrape waits for nobody.</summary>
internal sealed partial class ClusterWatch(
    SweepCatalog sweeps, IGrainFactory grains, ClusterMetrics metrics, TimeProvider clock, ILogger<ClusterWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(3);
    private readonly FailureNews _failures = new(clock);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                IReadOnlyList<SweepStatus> statuses = await sweeps.ListAsync(stoppingToken);
                metrics.Observe([.. statuses.Where(s => s.Damage is null)], await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers());
                _failures.Worked();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (_failures.IsNews(e))
                {
                    LogNotSeen(logger, e);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster could not be looked at; metrics keep their last values")]
    private static partial void LogNotSeen(ILogger logger, Exception exception);
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Reports;

/// <summary>
/// Stores the report of every finished sweep once. <c>summary.json</c> goes last and marks the report as complete; a repeat after a
/// crash writes the same bytes and changes nothing.
/// </summary>
public sealed partial class ReportPublisher(SweepCatalog sweeps, IArtifactStore store, TimeProvider clock, ILogger<ReportPublisher> logger) : BackgroundService
{
    public const string Marker = "summary.json";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private readonly Dictionary<string, (DateTimeOffset NotBefore, TimeSpan Wait)> _failed = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                foreach (SweepStatus sweep in (await sweeps.ListAsync(stoppingToken)).Where(IsDue))
                {
                    await TryPublishAsync(sweep.Sweep, stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotListed(logger, e);
            }
        }
    }

    private bool IsDue(SweepStatus sweep) =>
        sweep is { Stage: SweepStage.Finished, Reported: false } && !(_failed.TryGetValue(sweep.Sweep, out var failed) && failed.NotBefore > clock.GetUtcNow());

    private async Task TryPublishAsync(string sweep, CancellationToken cancellationToken)
    {
        try
        {
            SweepReport report = await SweepReport.LoadAsync(store, new SweepId(sweep), cancellationToken);
            string prefix = ArtifactKeys.ReportPrefix(new SweepId(sweep));
            foreach (ReportFile file in report.Files().OrderBy(f => f.Name == Marker))
            {
                await store.TryCreateAsync(prefix + file.Name, file.Data, cancellationToken);
            }

            _failed.Remove(sweep);
            LogPublished(logger, sweep);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait = _failed.TryGetValue(sweep, out var failed) ? TimeSpan.FromTicks(Math.Min(2 * failed.Wait.Ticks, LongestWait.Ticks)) : Period;
            _failed[sweep] = (clock.GetUtcNow() + wait, wait);
            LogNotPublished(logger, e, sweep, wait);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The report of sweep {Sweep} is stored")]
    private static partial void LogPublished(ILogger logger, string sweep);

    [LoggerMessage(Level = LogLevel.Error, Message = "The report of sweep {Sweep} could not be made; trying again in {Wait}")]
    private static partial void LogNotPublished(ILogger logger, Exception exception, string sweep, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Finished sweeps could not be listed; trying again")]
    private static partial void LogNotListed(ILogger logger, Exception exception);
}

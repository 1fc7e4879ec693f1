using System.Diagnostics;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Reporting;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Reports;

/// <summary>
/// Stores the report of every finished sweep once; every control silo has a publisher, so no other process is needed for a sweep to be
/// done. <c>summary.json</c> goes last and marks the report as complete. Two publishers of one sweep make the same bytes, and what one has
/// stored the other leaves alone.
/// </summary>
public sealed partial class ReportPublisher(
    SweepCatalog sweeps, CellReader cells, IArtifactStore store, SweepTraces traces, TimeProvider clock, ILogger<ReportPublisher> logger)
    : BackgroundService
{
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
                    await TryPublishAsync(sweep, stoppingToken);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotListed(logger, e);
            }
        }
    }

    private bool IsDue(SweepStatus sweep) =>
        sweep is { Stage: SweepStage.Finished, Reported: false }
            && !(_failed.TryGetValue(sweep.Sweep, out var failed) && failed.NotBefore > clock.GetUtcNow());

    private async Task TryPublishAsync(SweepStatus finished, CancellationToken cancellationToken)
    {
        string sweep = finished.Sweep;
        using Activity? span = Traces.Start(Spans.Publish, await traces.FindAsync(sweep))?.SetTag(Traces.SweepTag, sweep);
        try
        {
            SweepReport report = await (await cells.ReportAsync(finished, cancellationToken)).WithGalleryAsync(store, cancellationToken);
            IReadOnlyList<ReportFile> files = report.Files();
            if (await sweeps.FindAsync(sweep) is { Reported: false, Ended: { } ended } && ended == finished.Ended)
            {
                // Neither reported by another publisher nor retried while this was made of what there was before.
                await StoreAsync(new SweepId(sweep), files, cancellationToken);
                LogPublished(logger, sweep);
            }

            _failed.Remove(sweep);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait = _failed.TryGetValue(sweep, out var failed)
                ? TimeSpan.FromTicks(Math.Min(2 * failed.Wait.Ticks, LongestWait.Ticks))
                : Period;
            _failed[sweep] = (clock.GetUtcNow() + wait, wait);
            LogNotPublished(logger, e, sweep, wait);
        }
    }

    private async Task StoreAsync(SweepId sweep, IReadOnlyList<ReportFile> files, CancellationToken cancellationToken)
    {
        foreach (ReportFile file in files.OrderBy(f => f.Name == ArtifactKeys.ReportMarkerName))
        {
            await store.TryCreateAsync(ArtifactKeys.ReportFile(sweep, file.Name), file.Data, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The report of sweep {Sweep} is stored")]
    private static partial void LogPublished(ILogger logger, string sweep);

    [LoggerMessage(Level = LogLevel.Error, Message = "The report of sweep {Sweep} could not be made; trying again in {Wait}")]
    private static partial void LogNotPublished(ILogger logger, Exception exception, string sweep, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Finished sweeps could not be listed; trying again")]
    private static partial void LogNotListed(ILogger logger, Exception exception);
}

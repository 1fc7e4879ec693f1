using System.Diagnostics;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting;
using AdvSeg.UseCases.Errors;
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
    SweepCatalog sweeps,
    CellReader cells,
    IArtifactStore store,
    IGrainFactory grains,
    SweepTraces traces,
    TimeProvider clock,
    ILogger<ReportPublisher> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);
    private readonly Dictionary<string, (DateTimeOffset NotBefore, TimeSpan Wait)> _failed = [];
    private readonly FailureNews _listing = new(clock);

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

                _listing.Worked();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (_listing.IsNews(e))
                {
                    LogNotListed(logger, e);
                }
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
            SweepReport found = await cells.ReportAsync(finished, cancellationToken);
            if (found.Lost.Count > 0)
            {
                await TrainAgainAsync(sweep, found.Lost);
                return;
            }

            SweepReport report = await WithGalleryAsync(found, sweep, cancellationToken);
            IReadOnlyList<ReportFile> files = report.Files();
            if (await sweeps.FindAsync(sweep) is { Reported: false, Ended: { } ended } && ended == finished.Ended)
            {
                // No other publisher has stored a report, and no retry has begun, since this one was begun.
                await StoreAsync(new SweepId(sweep), files, cancellationToken);
                LogPublished(logger, sweep);
            }

            await store.DeleteAsync(ArtifactKeys.ReportProblem(new SweepId(sweep)), cancellationToken);
            _failed.Remove(sweep);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait = _failed.TryGetValue(sweep, out var failed)
                ? TimeSpan.FromTicks(Math.Min(2 * failed.Wait.Ticks, LongestWait.Ticks))
                : Period;
            _failed[sweep] = (clock.GetUtcNow() + wait, wait);
            LogNotPublished(logger, e, sweep, wait);
            await TellAsync(new SweepId(sweep), e, cancellationToken);
        }
    }

    /// <summary>Stores why there is no report, for those who wait for it.</summary>
    private async Task TellAsync(SweepId sweep, Exception failure, CancellationToken cancellationToken)
    {
        string why = PublicText.Of(DamagedException.In(failure)?.Message ?? failure.Message);
        try
        {
            await store.PutAsync(ArtifactKeys.ReportProblem(sweep), Encoding.UTF8.GetBytes(why), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotTold(logger, e, sweep.Value);
        }
    }

    private async Task<SweepReport> WithGalleryAsync(SweepReport found, string sweep, CancellationToken cancellationToken)
    {
        try
        {
            return await found.WithGalleryAsync(store, cancellationToken);
        }
        catch (DamagedException)
        {
            // Only the gallery reads results, so only here a lost one is noticed: cells remember what is in the tables.
            List<string> lost = [];
            foreach (string run in found.Runs)
            {
                if (!await store.HasReadableResultAsync(new RunId(run), cancellationToken))
                {
                    lost.Add(run);
                }
            }

            if (lost.Count > 0)
            {
                await TrainAgainAsync(sweep, lost);
            }

            throw;
        }
    }

    /// <summary>
    /// Has lost runs trained again: a report of the others would pass for the sweep's, and without a report the sweep is never done.
    /// </summary>
    private async Task TrainAgainAsync(string sweep, IReadOnlyList<string> lost)
    {
        int runs = await grains.GetGrain<ISweepGrain>(sweep).Retry(new RetryRequest(lost, Failed: false, Cancelled: false));
        sweeps.Forget(sweep);
        LogTrainedAgain(logger, sweep, runs);
    }

    private async Task StoreAsync(SweepId sweep, IReadOnlyList<ReportFile> files, CancellationToken cancellationToken)
    {
        HashSet<string> empty =
            [.. (await store.ListAsync(ArtifactKeys.ReportPrefix(sweep), cancellationToken).ToListAsync(cancellationToken)).Where(i => i.Bytes == 0)
                .Select(i => i.Key)];
        foreach (ReportFile file in files.OrderBy(f => f.Name == ArtifactKeys.ReportMarkerName))
        {
            if (file.Data.Length > 0 && empty.Contains(ArtifactKeys.ReportFile(sweep, file.Name)))
            {
                // No publisher writes an empty file, so this one is damaged; creating would keep it.
                await store.DeleteAsync(ArtifactKeys.ReportFile(sweep, file.Name), cancellationToken);
            }

            await store.TryCreateAsync(ArtifactKeys.ReportFile(sweep, file.Name), file.Data, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The report of sweep {Sweep} is stored")]
    private static partial void LogPublished(ILogger logger, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} has {Runs} results that cannot be read; their runs are trained again before it "
        + "is reported")]
    private static partial void LogTrainedAgain(ILogger logger, string sweep, int runs);

    [LoggerMessage(Level = LogLevel.Error, Message = "The report of sweep {Sweep} could not be made; trying again in {Wait}")]
    private static partial void LogNotPublished(ILogger logger, Exception exception, string sweep, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Why sweep {Sweep} has no report could not be stored either")]
    private static partial void LogNotTold(ILogger logger, Exception exception, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Finished sweeps could not be listed; trying again")]
    private static partial void LogNotListed(ILogger logger, Exception exception);
}

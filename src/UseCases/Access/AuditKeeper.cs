using AdvSeg.Core.Store;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Access;

/// <summary>Writes what the audit log has noted, to the last entry when the process stops, and removes days that are over.</summary>
/// <param name="log">The log.</param>
/// <param name="refusals">What is counted for it.</param>
/// <param name="store">Where it is.</param>
/// <param name="settings">How long it is kept.</param>
/// <param name="today">The machine's clock.</param>
/// <param name="clock">Of waits.</param>
/// <param name="logger">Of this host.</param>
public sealed partial class AuditKeeper(
    AuditLog log, AuditRefusals refusals, IArtifactStore store, AuditSettings settings, TimeProvider today, TimeProvider clock,
    ILogger<AuditKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Removal = TimeSpan.FromDays(1);
    private readonly FailureNews _failures = new(clock);

    /// <summary>Writes what is left. Requests that are still being answered write their own entries until the web server has ended.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        refusals.Count(atOnce: true);
        await log.FlushAsync(cancellationToken);
        if (log.Waiting is > 0 and var lost)
        {
            LogLost(logger, lost, log.Problem ?? "");
        }
    }

    /// <summary>Removes the days that are kept no longer.</summary>
    public async Task RemoveOldAsync(CancellationToken cancellationToken)
    {
        DateOnly first = DateOnly.FromDateTime(today.GetUtcNow().UtcDateTime).AddDays(-settings.Days);
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Audit, cancellationToken))
        {
            if (ArtifactKeys.DayOfAudit(info.Key) is { } day && day < first)
            {
                await store.DeleteAsync(info.Key, cancellationToken);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        long? removed = null;
        do
        {
            try
            {
                refusals.Count(atOnce: false);
                if (log.Waiting > 0)
                {
                    await log.FlushAsync(stoppingToken);
                }

                if (removed is not { } at || clock.GetElapsedTime(at) >= Removal)
                {
                    removed = clock.GetTimestamp();
                    await RemoveOldAsync(stoppingToken);
                }

                _failures.Worked();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (_failures.IsNews(e))
                {
                    LogNotRemoved(logger, e);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Count} results of the audit log are lost, their changes are in it: {Problem}")]
    private static partial void LogLost(ILogger logger, int count, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Old days of the audit log could not be removed; it is tried again tomorrow")]
    private static partial void LogNotRemoved(ILogger logger, Exception exception);
}

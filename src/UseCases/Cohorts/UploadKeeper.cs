using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>Removes uploads that nobody goes on with.</summary>
public sealed partial class UploadKeeper(OpenUploads uploads, TimeProvider clock, ILogger<UploadKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        do
        {
            try
            {
                foreach (string digest in await uploads.RemoveExpiredAsync(stoppingToken))
                {
                    LogRemoved(logger, digest);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotLookedAt(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The upload of cohort {Digest} was given up and is removed")]
    private static partial void LogRemoved(ILogger logger, string digest);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The open uploads could not be looked at")]
    private static partial void LogNotLookedAt(ILogger logger, Exception exception);
}

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Hosting.Tls;

/// <summary>
/// Says what is wrong with the certificates of the cluster's inside before it is felt: connections that are open hide it until the next restart.
/// </summary>
public sealed partial class CertificateWatch(ClusterCertificates certificates, TimeProvider clock, ILogger<CertificateWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        (string? problem, string? expiring) = (null, null);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (certificates.Problem is { } now && now != problem)
            {
                LogNotUsed(logger, now);
            }

            problem = certificates.Problem;
            if (certificates.Own is var own && own.NotAfter.ToUniversalTime() - clock.GetUtcNow() < Soon && own.Thumbprint != expiring)
            {
                LogExpires(logger, own.NotAfter.ToUniversalTime());
                expiring = own.Thumbprint;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate files have changed and are not used, those before are: {Problem}")]
    private static partial void LogNotUsed(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of this host expires at {At:u}; renew it, or no silo lets this one in")]
    private static partial void LogExpires(ILogger logger, DateTime at);
}

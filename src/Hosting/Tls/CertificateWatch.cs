using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Hosting.Tls;

/// <summary>
/// Logs what is wrong with changed certificate files. Open connections go on with the old ones, so nobody would notice before the next restart.
/// </summary>
public sealed partial class CertificateWatch(IEnumerable<ICertificateSource> sources, TimeProvider clock, ILogger<CertificateWatch> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Soon = TimeSpan.FromDays(7);

    /// <summary>Adds what is watched, and the watch.</summary>
    public static void Add(IServiceCollection services, ICertificateSource source) =>
        services.AddSingleton(source).AddHostedService<CertificateWatch>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        Dictionary<ICertificateSource, string?> problems = [];
        string? expiring = null;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (ICertificateSource source in sources)
            {
                string? problem = source.Problem;
                if (problem is not null && problem != problems.GetValueOrDefault(source))
                {
                    LogNotUsed(logger, problem);
                }

                problems[source] = problem;
                if (source is ClusterCertificates { Own: var own }
                    && own.NotAfter.ToUniversalTime() - clock.GetUtcNow() < Soon && own.Thumbprint != expiring)
                {
                    LogExpires(logger, own.NotAfter.ToUniversalTime());
                    expiring = own.Thumbprint;
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate files have changed and are not used, those before are: {Problem}")]
    private static partial void LogNotUsed(ILogger logger, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The certificate of this host expires at {At:u}; renew it, or no silo lets this one in")]
    private static partial void LogExpires(ILogger logger, DateTime at);
}

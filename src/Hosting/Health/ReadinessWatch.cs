using System.Collections.Concurrent;
using AdvSeg.Core.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Hosting.Health;

/// <summary>
/// Looks in the background at what this host needs: a probe is answered at once, and a short absence does not make the host unready.
/// </summary>
public sealed partial class ReadinessWatch(
    IEnumerable<IReadinessProbe> probes,
    IEnumerable<IReadinessCondition> conditions,
    IEnumerable<IReadinessWarning> warnings,
    HealthPolicy policy,
    TimeProvider clock,
    IHostApplicationLifetime host,
    ILogger<ReadinessWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly IReadOnlyList<IReadinessProbe> _probes = [.. probes];
    private readonly ConcurrentDictionary<string, Looked> _looked = new();

    /// <summary>How it stands at this moment. A host that is told to stop is not ready from then on.</summary>
    public Readiness Now()
    {
        List<NotReady> reasons = [];
        if (host.ApplicationStopping.IsCancellationRequested)
        {
            reasons.Add(new NotReady("draining", "this process is leaving"));
        }

        reasons.AddRange(from condition in conditions let why = condition.WhyNot where why is not null select new NotReady(condition.Name, why));
        reasons.AddRange(_probes.Select(WhyNot).OfType<NotReady>());
        NotReady[] warned = [.. from warning in warnings let why = warning.Warning where why is not null select new NotReady(warning.Name, why)];
        return new Readiness(reasons.Count == 0, reasons, warned.Length == 0 ? null : warned);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_probes.Select(p => LookAsync(p, stoppingToken)));

    private NotReady? WhyNot(IReadinessProbe probe)
    {
        if (!_looked.TryGetValue(probe.Name, out Looked? looked) || looked.WellAt is not { } well)
        {
            return new NotReady(probe.Name, looked?.Failure ?? "it has not answered yet");
        }

        TimeSpan away = clock.GetElapsedTime(well);
        return looked.Failure is { } failure && away > policy.Grace ? new NotReady(probe.Name, failure, Math.Round(away.TotalSeconds, 1)) : null;
    }

    private async Task LookAsync(IReadinessProbe probe, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Looked before = _looked.GetValueOrDefault(probe.Name) ?? new Looked(null, null);
            try
            {
                await probe.ProbeAsync(stop).WaitAsync(Patience, clock, stop);
                _looked[probe.Name] = new Looked(clock.GetTimestamp(), null);
                if (before is { WellAt: not null, Failure: not null })
                {
                    LogBack(logger, probe.Name);
                }
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                string failure = e is TimeoutException
                    ? $"it did not answer within {Patience.TotalSeconds:0} s"
                    : PublicText.Of((DamagedException.In(e) ?? e).Message);
                _looked[probe.Name] = before with { Failure = failure };
                if (before is { WellAt: not null, Failure: null })
                {
                    LogAway(logger, probe.Name, failure);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            TimeSpan wait = _looked[probe.Name].Failure is null ? policy.Every : Soon;
            await Task.Delay(wait, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Health: {Probe} is out of reach: {Failure}")]
    private static partial void LogAway(ILogger logger, string probe, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Health: {Probe} answers again")]
    private static partial void LogBack(ILogger logger, string probe);

    /// <summary>When it last answered, and how the newest look failed.</summary>
    private sealed record Looked(long? WellAt, string? Failure);
}

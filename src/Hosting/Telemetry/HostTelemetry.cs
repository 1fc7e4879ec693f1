using System.Diagnostics.Metrics;
using AdvSeg.Core.Telemetry;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AdvSeg.Hosting.Telemetry;

/// <summary>Health, metrics and traces of a host; the same for silo and dashboard, and once where both are in one process.</summary>
public static class HostTelemetry
{
    /// <summary>Grain calls, as Orleans traces them: they carry a trace from process to process.</summary>
    public const string GrainCalls = "Microsoft.Orleans.Application";

    private static readonly string[] Endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    /// <summary>Somebody collects traces: OpenTelemetry's own variables name an endpoint.</summary>
    public static bool ExportsTraces => Endpoints.Any(name => Variables.Find(name) is not null);

    /// <param name="services">Of the host. An artifact store is expected in them.</param>
    /// <param name="role">What the host is.</param>
    public static IServiceCollection AddHostTelemetry(this IServiceCollection services, string role)
    {
        if (services.Any(s => s.ServiceType == typeof(ReadinessWatch)))
        {
            return services;
        }

        services.AddSteadyClock();
        services.TryAddSingleton<HealthPolicy>();
        services.AddSingleton<ReadinessWatch>();
        services.AddHostedService(s => s.GetRequiredService<ReadinessWatch>());
        services.AddSingleton<IReadinessProbe, StoreProbe>();
        services.AddMetrics();
        services.AddInstruments(s => new HostMetrics(s.GetRequiredService<IMeterFactory>(), role, s.GetRequiredService<ReadinessWatch>()));
        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"advseg-{role}"))
            .WithMetrics(metrics => metrics.AddMeter("Microsoft.Orleans", "System.Runtime", Instruments.MeterName).AddPrometheusExporter());
        if (ExportsTraces)
        {
            telemetry.WithTracing(traces => traces.AddSource(Traces.SourceName, GrainCalls).SetSampler(new SweepSampler()).AddOtlpExporter());
        }

        return services;
    }

    /// <summary>Instruments that exist from the host's start, whether or not anybody has used them yet.</summary>
    public static IServiceCollection AddInstruments<T>(this IServiceCollection services, Func<IServiceProvider, T> make)
        where T : class
    {
        services.AddSingleton(make);
        return services.ConfigureOpenTelemetryMeterProvider((provider, _) => provider.GetRequiredService<T>());
    }
}

using System.Diagnostics.Metrics;
using AdvSeg.Core.Identity;
using AdvSeg.Grains.Telemetry;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Telemetry;
using AdvSeg.Silo.Health;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Telemetry;
using AdvSeg.Silo.Telemetry.Gpu;
using AdvSeg.Storage.Telemetry;
using OpenTelemetry.Metrics;

namespace AdvSeg.Silo;

/// <summary>What a silo tells of itself, by role.</summary>
internal static class SiloTelemetry
{
    /// <summary>To be called before the silo is added, so that what answers probes starts before the silo and stops after it.</summary>
    public static IServiceCollection AddSiloTelemetry(this IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton(settings.Health);
        services.AddHostTelemetry(Kebab.Of(settings.Role));
        if (settings.Http is { } http)
        {
            services.AddSingleton(provider => new ProbeServer(
                http,
                provider.GetRequiredService<ReadinessWatch>(),
                provider.GetRequiredService<MeterProvider>(),
                provider.GetRequiredService<ILoggerFactory>()));
            services.AddHostedService(provider => provider.GetRequiredService<ProbeServer>());
        }

        services.AddInstruments(provider => new StoreMetrics(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton<IReadinessCondition, MemberCondition>();
        if (settings.Cluster is not null)
        {
            services.AddSingleton<IReadinessProbe, MembershipProbe>();
        }

        return settings.Role is SiloRole.Control ? services : services.AddSingleton<IReadinessCondition, DrainCondition>();
    }

    /// <summary>What grains and slots count, whether or not anybody asks.</summary>
    public static IServiceCollection AddSiloInstruments(this IServiceCollection services, SiloSettings settings)
    {
        services.AddMetrics();
        services.AddInstruments(provider => new SiloMetrics(
            provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<IClusterMembershipService>()));
        if (settings.Role is not SiloRole.Worker)
        {
            services.AddInstruments(provider => new SchedulerMetrics(provider.GetRequiredService<IMeterFactory>()));
        }

        if (settings.Role is not SiloRole.Control)
        {
            services.AddInstruments(provider => new WorkerMetrics(
                provider.GetRequiredService<IMeterFactory>(), provider.GetRequiredService<TimeProvider>()));
        }

        return settings.Gpu is { } gpu
            ? services.AddInstruments(provider => new GpuMetrics(provider.GetRequiredService<IMeterFactory>(), gpu))
            : services;
    }
}

using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Hosting.Health;
using AdvSeg.Silo.Cluster;
using AdvSeg.Silo.Executors;
using AdvSeg.Silo.Health;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Storage;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;
using AdvSeg.Storage.Telemetry;
using AdvSeg.Training;
using AdvSeg.Training.Native;
using AdvSeg.UseCases.Reports;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AdvSeg.Silo;

/// <summary>Adds a silo to a host.</summary>
public static class SiloHosting
{
    /// <summary>How long a stopping host waits for running attempts to checkpoint and be released.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(25);

    /// <summary>
    /// The embedded silo: localhost clustering, the data folder as artifact store, libtorch on CPU slots. Opens, and holds until the
    /// host is disposed, the data folder.
    /// </summary>
    /// <exception cref="ArtifactStoreException">The data folder cannot be used, or another process has it.</exception>
    public static IHostApplicationBuilder AddAdvSegSilo(this IHostApplicationBuilder builder, SiloSettings settings)
    {
        string data = settings.DataFolder ?? throw new ArgumentException("an embedded silo has a data folder", nameof(settings));
        NativeSetup.Apply(settings.Numerics);
        DataFolder folder = DataFolder.Open(data, TimeProvider.System);
        builder.Services.AddSingleton(_ => folder);
        builder.Services.AddSingleton<IReadinessCondition, WriteCondition>();

        // The folder comes from the container, which disposes only what it has made: otherwise it would stay locked after the host's end.
        builder.Services.AddSingleton(services => Metered(services, services.GetRequiredService<DataFolder>().Store));
        return builder.AddSilo(settings with
        {
            CacheFolder = settings.CacheFolder ?? Path.Combine(data, ".cache"),
            Lease = settings.Lease with { SoleProcess = settings.Cluster is null },
        });
    }

    /// <summary>A silo on a store that the caller has opened.</summary>
    /// <param name="builder">The host's.</param>
    /// <param name="settings">How the silo runs.</param>
    /// <param name="store">The store, bare.</param>
    /// <param name="retries">How a failed call of the store is retried; null: it is not.</param>
    public static IHostApplicationBuilder AddAdvSegSilo(
        this IHostApplicationBuilder builder, SiloSettings settings, IArtifactStore store, RetryPolicy? retries = null)
    {
        builder.Services.AddSingleton(services => retries is null
            ? Metered(services, store)
            : new RetryingArtifactStore(Metered(services, store), retries, services.GetRequiredService<TimeProvider>()));
        return builder.AddSilo(settings);
    }

    private static IArtifactStore Metered(IServiceProvider services, IArtifactStore store) =>
        new MeteredArtifactStore(store, services.GetRequiredService<StoreMetrics>(), services.GetRequiredService<TimeProvider>());

    private static IHostApplicationBuilder AddSilo(this IHostApplicationBuilder builder, SiloSettings settings)
    {
        builder.Services.AddSteadyClock();
        long? cohorts = settings.CohortMegabytes * SiloSettings.BytesPerMegabyte;
        builder.Services.TryAddSingleton<ITrainer>(_ => new Trainer(settings.Numerics, cohortBytes: cohorts));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.Services.AddSiloTelemetry(settings);
        if (settings.Role is not SiloRole.Worker)
        {
            // Before Orleans: hosted services start in the order in which they were added.
            builder.Services.AddHostedService<StartCheck>();
        }

        builder.UseOrleans(silo => silo.UseAdvSegClustering(settings).AddAdvSegGrains(settings));
        return builder;
    }

    /// <summary>
    /// Grains, storage and, on workers, the agent; what every silo has, however it is clustered. Expects an artifact store and a trainer.
    /// </summary>
    public static ISiloBuilder AddAdvSegGrains(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.AddArtifactGrainStorage(StorageNames.Artifacts);
        silo.Services.AddCoreRecords();
        silo.Services.AddSteadyClock();
        silo.Services.AddSingleton(settings);
        silo.Services.AddSingleton(settings.Lease);
        silo.Services.TryAddSingleton<PlanCatalog>();
        silo.Services.TryAddSingleton<SweepTraces>();
        silo.Services.AddSiloInstruments(settings);
        if (settings.Traces)
        {
            silo.AddActivityPropagation();
        }

        silo.Services.TryAddSingleton(services => IdentityOf(services.GetRequiredService<ITrainer>(), settings));
        silo.Services.AddPlacementDirector<WorkerKeyedPlacement, WorkerKeyedDirector>();
        silo.UseRole(settings.Role);
        if (settings.Role is not SiloRole.Worker)
        {
            silo.Services.AddHostedService<SweepToucher>();
            silo.Services.TryAddSingleton<SweepCatalog>();
            silo.Services.TryAddSingleton<CellReader>();
            silo.Services.AddHostedService<ReportPublisher>();
        }

        if (settings.Role is not SiloRole.Control)
        {
            string cache = settings.CacheFolder ?? throw new ArgumentException("a worker has a cache folder", nameof(settings));
            silo.Services.AddSingleton(services => new CohortCache(
                new RetryingArtifactStore(
                    services.GetRequiredService<IArtifactStore>(), RetryPolicy.Patient, services.GetRequiredService<TimeProvider>()), cache));
            silo.Services.AddSingleton<WorkerAgent>();
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<WorkerAgent>());
        }

        return silo;
    }

    private static TrainerIdentity IdentityOf(ITrainer trainer, SiloSettings settings) => new(trainer.Name, trainer.Revision, settings.Numerics);
}

using System.Net;
using System.Net.Sockets;
using AdvSeg.Core;
using AdvSeg.Grains;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Storage;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage;
using AdvSeg.Training;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;

namespace AdvSeg.Silo;

/// <summary>Adds a silo to a host.</summary>
public static class SiloHosting
{
    /// <summary>
    /// The embedded silo: localhost clustering, the data folder as artifact store, libtorch on CPU slots. Opens, and holds until the
    /// host is disposed, the data folder.
    /// </summary>
    /// <exception cref="ArtifactStoreException">The data folder cannot be used, or another process has it.</exception>
    public static IHostApplicationBuilder AddAdvSegSilo(this IHostApplicationBuilder builder, SiloSettings settings)
    {
        NativeSetup.Apply(Numerics.DefaultCpu);
        DataFolder folder = DataFolder.Open(settings.DataFolder, TimeProvider.System);
        builder.Services.AddSingleton(_ => folder);
        builder.Services.AddSingleton<IArtifactStore>(services => services.GetRequiredService<DataFolder>().Store);
        builder.Services.AddSingleton(services => new CohortCache(services.GetRequiredService<IArtifactStore>(), Path.Combine(settings.DataFolder, ".cache")));
        builder.Services.TryAddSingleton<ITrainer>(_ => new Trainer(Numerics.DefaultCpu));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(25));
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(PortOr(settings.SiloPort), PortOr(settings.GatewayPort))
            .AddAdvSegGrains(settings));
        return builder;
    }

    /// <summary>Grains, storage and, on workers, the agent; what every silo has, however it is clustered. Expects an artifact store and a trainer.</summary>
    public static ISiloBuilder AddAdvSegGrains(this ISiloBuilder silo, SiloSettings settings)
    {
        silo.AddArtifactGrainStorage(StorageNames.Artifacts);
        silo.Configure<ClusterMembershipOptions>(Tune);
        silo.Services.AddCoreRecords();
        silo.Services.TryAddSingleton(TimeProvider.System);
        silo.Services.AddSingleton(settings);
        silo.Services.AddSingleton(settings.Lease);
        silo.Services.AddSingleton<PlanCatalog>();
        silo.Services.TryAddSingleton(services => IdentityOf(services.GetRequiredService<ITrainer>()));
        silo.Services.AddPlacementDirector<WorkerKeyedPlacement, WorkerKeyedDirector>();
        if (settings.Role is not SiloRole.Worker)
        {
            silo.Services.AddHostedService<SweepToucher>();
        }

        if (settings.Role is not SiloRole.Control)
        {
            silo.Services.AddSingleton<WorkerAgent>();
            silo.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(services => services.GetRequiredService<WorkerAgent>());
        }

        return silo;
    }

    private static TrainerIdentity IdentityOf(ITrainer trainer) => new(trainer.Name, trainer.Revision, Numerics.DefaultCpu);

    /// <summary>A silent worker is declared dead in about 4 s; with the defaults it takes 64 s (docs/architecture.md, "When something fails").</summary>
    private static void Tune(ClusterMembershipOptions membership)
    {
        membership.ProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MinProbeTimeout = TimeSpan.FromSeconds(1);
        membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
        membership.NumMissedProbesLimit = 2;
        membership.NumVotesForDeathDeclaration = 2;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
        membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
    }

    private static int PortOr(int port)
    {
        if (port != 0)
        {
            return port;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

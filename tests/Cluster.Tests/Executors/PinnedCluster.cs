using System.Net;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Folder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Cluster.Tests.Executors;

/// <summary>
/// One control silo and two workers of one slot each, in this process over one folder. The workers renew nothing and report nothing, so
/// whatever reaches their attempts comes through an executor.
/// </summary>
internal sealed class PinnedCluster : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FolderArtifactStore _store;
    private readonly int _primary = FreePort.Next();
    private readonly List<IHost> _hosts = [];

    private readonly bool _traces;

    private PinnedCluster(bool traces)
    {
        _traces = traces;
        _store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
    }

    public HashTrainer[] Trainers { get; } = [new(), new()];

    public IArtifactStore Store => _store;

    /// <summary>As the control silo sees the cluster: it has no executors of its own.</summary>
    public IGrainFactory Grains => _hosts[0].Services.GetRequiredService<IGrainFactory>();

    public ISchedulerGrain Scheduler => Grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    /// <param name="traces">Grain calls carry traces.</param>
    public static async Task<PinnedCluster> StartAsync(bool traces = false)
    {
        var cluster = new PinnedCluster(traces);
        await cluster._store.TryCreateAsync(ArtifactKeys.CohortManifest(TestSweep.Cohort.ComputeDigest()), CanonicalJson.Write(TestSweep.Cohort));
        await cluster.StartAsync(SiloRole.Control, cluster._primary, new HashTrainer());
        foreach (HashTrainer trainer in cluster.Trainers)
        {
            await cluster.StartAsync(SiloRole.Worker, FreePort.Next(), trainer);
        }

        return cluster;
    }

    /// <summary>The silo address of a worker.</summary>
    public string NameOf(int worker) => _hosts[1 + worker].Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();

    public bool IsStopping(int worker) =>
        _hosts[1 + worker].Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested;

    /// <summary>Takes a worker out of the cluster.</summary>
    public Task StopAsync(int worker) => _hosts[1 + worker].StopAsync();

    public async Task StartSweepAsync(SweepSpec spec) => await Grains.GetGrain<ISweepGrain>(spec.Id().Value).Start(TestSweep.Submission(spec));

    /// <summary>The lease that a worker holds, once it holds one.</summary>
    public async Task<(OpenLease Lease, string Run)> LeaseOfAsync(SweepSpec spec, int worker)
    {
        string name = NameOf(worker);
        OpenLease lease = await TestCluster.WaitAsync(async () =>
            (await Scheduler.GetOpenRuns(spec.Id().Value)).Leases.FirstOrDefault(l => l.Worker == name));
        RunPage page = await Grains.GetGrain<ISweepGrain>(spec.Id().Value).GetRuns(0, 1000, null);
        return (lease, page.Rows.Single(r => r.Index == lease.Index).Run);
    }

    public IRunExecutorGrain Executor(string run, long token, int worker) =>
        Grains.GetGrain<IRunExecutorGrain>(ExecutorKey.Of(run, token, NameOf(worker)));

    public async ValueTask DisposeAsync()
    {
        foreach (IHost host in Enumerable.Reverse(_hosts))
        {
            // No test waits for a drain that it did not ask for.
            using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await host.StopAsync(now.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            host.Dispose();
        }

        _folder.Dispose();
    }

    private async Task StartAsync(SiloRole role, int port, HashTrainer trainer)
    {
        var settings = new SiloSettings
        {
            Role = role,
            Slots = 1,
            Traces = _traces,
            CacheFolder = _folder.Under(".cache"),
            Checkpoints = new CheckpointPolicy { EverySteps = 1000 },
            Lease = new LeasePolicy { TimeToLive = TimeSpan.FromMinutes(10) },
        };
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton<ITrainer>(trainer);
        builder.Services.AddSingleton<IArtifactStore>(_store);
        var primary = new IPEndPoint(IPAddress.Loopback, _primary);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(port, FreePort.Next(), primary).AddAdvSegGrains(settings));
        if (role == SiloRole.Worker)
        {
            builder.Services.AddSingleton(services => ActivatorUtilities.CreateInstance<WorkerAgent>(services, new Unticked()));
        }

        IHost host = builder.Build();
        _hosts.Add(host);
        await host.StartAsync();
    }

    /// <summary>The real time, in which what is due every second never is.</summary>
    private sealed class Unticked : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, period == Timeout.InfiniteTimeSpan ? dueTime : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}

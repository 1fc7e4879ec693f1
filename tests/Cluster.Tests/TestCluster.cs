using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Folder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Cluster.Tests;

/// <summary>A real silo over a real data folder; only the trainer is replaced. Dispose stops it as SIGTERM would.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly IHost _host;

    private TestCluster(IHost host, HashTrainer trainer, IArtifactStore store)
    {
        _host = host;
        Trainer = trainer;
        Store = store;
    }

    public HashTrainer Trainer { get; }

    /// <summary>What the tests look into; never faulty.</summary>
    public IArtifactStore Store { get; }

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public ISchedulerGrain Scheduler => Grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    public static async Task<TestCluster> StartAsync(
        string folder, HashTrainer? trainer = null, int checkpointEverySteps = 3, LeasePolicy? lease = null, MemoryBudget? memory = null)
    {
        trainer ??= new HashTrainer();
        IHost host = await StartHostAsync(
            trainer,
            builder => builder.AddAdvSegSilo(
                Settings(checkpointEverySteps) with { DataFolder = folder, Lease = lease ?? new LeasePolicy(), Memory = memory }));
        return await ReadyAsync(host, trainer, host.Services.GetRequiredService<IArtifactStore>());
    }

    /// <summary>
    /// The same over any store; <paramref name="disk"/> is what is behind it, in a folder. Leases last so long that none ends while a
    /// test holds something back. <paramref name="calls"/> sees what grains are asked.
    /// </summary>
    public static async Task<TestCluster> StartAsync(
        FolderArtifactStore disk, IArtifactStore store, HashTrainer trainer, TimeProvider clock, IIncomingGrainCallFilter? calls = null)
    {
        SiloSettings settings = Settings(checkpointEverySteps: 3) with
        {
            CacheFolder = Path.Combine(disk.Root, ".cache"),
            Lease = new LeasePolicy { TimeToLive = TimeSpan.FromMinutes(10) },
        };
        return await ReadyAsync(await StartHostAsync(trainer, builder => AddSilo(builder, settings)), trainer, disk);

        void AddSilo(HostApplicationBuilder builder, SiloSettings settings)
        {
            builder.Services.AddSingleton(clock);
            if (calls is not null)
            {
                builder.Services.AddSingleton(calls);
            }

            builder.AddAdvSegSilo(settings, store);
        }
    }

    private static SiloSettings Settings(int checkpointEverySteps) =>
        new() { Slots = 2, Checkpoints = new CheckpointPolicy { EverySteps = checkpointEverySteps } };

    private static async Task<IHost> StartHostAsync(HashTrainer trainer, Action<HostApplicationBuilder> addSilo)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<ITrainer>(trainer);
        addSilo(builder);
        IHost host = builder.Build();
        await host.StartAsync();
        return host;
    }

    private static async Task<TestCluster> ReadyAsync(IHost host, HashTrainer trainer, IArtifactStore store)
    {
        await store.TryCreateAsync(ArtifactKeys.CohortManifest(TestSweep.Cohort.ComputeDigest()), CanonicalJson.Write(TestSweep.Cohort));
        return new TestCluster(host, trainer, store);
    }

    public CancellationToken Stopping => _host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    public ISweepGrain Sweep(SweepSpec spec) => Grains.GetGrain<ISweepGrain>(spec.Id().Value);

    public async Task<SweepStatus> StartSweepAsync(SweepSpec spec) => await Sweep(spec).Start(TestSweep.Submission(spec));

    public async Task<SweepStatus> WaitForEndAsync(SweepSpec spec) =>
        await WaitAsync(async () => await Sweep(spec).GetStatus() is { Ended: not null } status ? status : null);

    /// <summary>Asks until there is an answer; 60 s at most.</summary>
    public static Task<T> WaitAsync<T>(Func<Task<T?>> ask)
        where T : class => Until.AnsweredAsync(ask, TimeSpan.FromSeconds(60));

    public async Task<RunResult> ResultAsync(string run)
    {
        string key = ArtifactKeys.RunResult(new RunId(run));
        return CanonicalJson.Read<RunResult>((await Store.GetAsync(key))!.Data, key);
    }

    /// <summary>Result digest of every completed run.</summary>
    public async Task<SortedDictionary<string, string>> DigestsAsync(SweepSpec spec)
    {
        SortedDictionary<string, string> digests = [];
        foreach (RunRow row in (await Sweep(spec).GetRuns(0, 1000, RunState.Completed)).Rows)
        {
            digests[row.Run] = (await ResultAsync(row.Run)).ResultDigest;
        }

        return digests;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

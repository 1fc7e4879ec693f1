using System.Net;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Health;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>A silo as <c>advseg-silo</c> makes it, which answers probes on a free port, over a store that can fail.</summary>
internal sealed class ProbedSilo : IAsyncDisposable
{
    private readonly TempFolder _folder;
    private readonly IHost _host;
    private Task? _stopped;

    private ProbedSilo(TempFolder folder, FaultyStore store, HashTrainer trainer, IHost host)
    {
        (_folder, Store, Trainer, _host) = (folder, store, trainer, host);
        Http = new HttpClient { BaseAddress = host.Services.GetRequiredService<ProbeServer>().Address };
    }

    public HttpClient Http { get; }

    public FaultyStore Store { get; }

    public HashTrainer Trainer { get; }

    public IServiceProvider Services => _host.Services;

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    public ISchedulerGrain Scheduler => Grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    public static async Task<ProbedSilo> StartAsync(TimeSpan? grace = null)
    {
        var folder = new TempFolder();
        var disk = new FolderArtifactStore(folder.Path, TimeProvider.System);
        await disk.TryCreateAsync(ArtifactKeys.CohortManifest(TestSweep.Cohort.ComputeDigest()), CanonicalJson.Write(TestSweep.Cohort));
        var store = new FaultyStore(disk);
        var trainer = new HashTrainer();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.Services.AddSingleton<ITrainer>(trainer);
        builder.AddAdvSegSilo(
            new SiloSettings
            {
                Slots = 2,
                CacheFolder = folder.Under(".cache"),
                Checkpoints = new CheckpointPolicy { EverySteps = 3 },
                Http = new IPEndPoint(IPAddress.Loopback, 0),
                Health = new HealthPolicy { Grace = grace ?? TimeSpan.FromMilliseconds(300), Every = TimeSpan.FromMilliseconds(50) },
            },
            store);
        IHost host = builder.Build();
        await host.StartAsync();
        return new ProbedSilo(folder, store, trainer, host);
    }

    /// <summary>What <c>/healthz/ready</c> answers, once it is as wanted; 60 s at most.</summary>
    public Task<Readiness> ReadyAsync(Func<Readiness, bool> wanted) => TestCluster.WaitAsync(async () =>
        await ReadyAsync() is var (readiness, _) && wanted(readiness) ? readiness : null);

    public async Task<(Readiness Readiness, HttpStatusCode Status)> ReadyAsync()
    {
        using HttpResponseMessage response = await Http.GetAsync("/healthz/ready");
        return (CanonicalJson.Read<Readiness>(await response.Content.ReadAsByteArrayAsync(), "the answer"), response.StatusCode);
    }

    public Task<string> ScrapeAsync() => Http.GetStringAsync("/metrics");

    /// <summary>SIGTERM, not awaited.</summary>
    public Task StopAsync() => _stopped ??= _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Http.Dispose();
        if (_host is IAsyncDisposable host)
        {
            await host.DisposeAsync();
        }

        _folder.Dispose();
    }
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Silo.Storage;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>A real silo over a store that fails as told, in front of a real folder.</summary>
internal sealed class FaultyCluster : IAsyncDisposable
{
    public const int RunsOfTheSweep = 10;
    private readonly TempFolder _folder = new();
    private TestCluster? _cluster;

    public FaultyCluster()
    {
        Disk = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        Store = new FaultyStore(Disk);
    }

    public static string SweepKey(SweepSpec spec) => ArtifactGrainStorage.KeyOf("sweep", GrainId.Create("sweep", spec.Id().Value));

    public static string SchedulerKey { get; } = ArtifactGrainStorage.KeyOf("scheduler", GrainId.Create("scheduler", "default"));

    public FolderArtifactStore Disk { get; }

    public FaultyStore Store { get; }

    public HashTrainer Trainer { get; } = new();

    public TestCluster Cluster => _cluster!;

    /// <param name="retried">As a cluster has its store, with brief retries; false: bare, as an embedded silo has its folder.</param>
    /// <param name="clock">The silo's; the real one when null.</param>
    /// <param name="calls">Sees what grains are asked.</param>
    public async Task StartAsync(bool retried, TimeProvider? clock = null, IIncomingGrainCallFilter? calls = null)
    {
        var quick = new RetryPolicy(RetryPolicy.Brief.MaxAttempts, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));
        IArtifactStore store = retried ? new RetryingArtifactStore(Store, quick, TimeProvider.System) : Store;
        _cluster = await TestCluster.StartAsync(Disk, store, Trainer, clock ?? TimeProvider.System, calls);
    }

    /// <summary>A new silo over the same store.</summary>
    public async Task RestartAsync()
    {
        await Cluster.DisposeAsync();
        _cluster = await TestCluster.StartAsync(Disk, Store, Trainer, TimeProvider.System);
    }

    /// <summary>The first write of the scheduler whose snapshot fits meets the fault.</summary>
    public void FailSchedulerWrite(CallFault fault, Func<QueueSnapshot, bool> fits)
    {
        int met = 0;
        Store.Rule = call => Task.FromResult(
            call.IsWrite && call.Key == SchedulerKey && fits(SnapshotOf(call)) && Interlocked.Exchange(ref met, 1) == 0 ? fault : CallFault.None);
    }

    /// <summary>Has the scheduler write its state: it is told of the end of a sweep that it does not know.</summary>
    public Task WriteSchedulerAsync() =>
        Cluster.Scheduler.Want(new SweepWants { Sweep = "another", Owner = "ann", Priority = 0, Numerics = "", Ended = true });

    public static QueueSnapshot SnapshotOf(StoreCall call) => CanonicalJson.Read<QueueSnapshot>(call.Data.ToArray(), call.Key);

    /// <summary>What a client does: it asks again after a failure, at most for a minute.</summary>
    public static async Task<T> InsistAsync<T>(Func<Task<T>> call)
        where T : class => await TestCluster.WaitAsync(async () =>
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is OrleansException or IOException or TimeoutException)
            {
                return null;
            }
        });

    public async Task<SweepStatus> RunAsync(SweepSpec spec)
    {
        await InsistAsync(() => Cluster.StartSweepAsync(spec));
        return await EndAsync(spec);
    }

    public Task<SweepStatus> EndAsync(SweepSpec spec) =>
        InsistAsync(async () => await Cluster.Sweep(spec).GetStatus() is { Ended: not null } status ? status : null!);

    /// <summary>
    /// Everything ended well, nothing was trained twice, the bits are those of an undisturbed sweep, and the scheduler let the sweep go.
    /// </summary>
    public async Task AssertUndisturbedAsync(SweepSpec spec, SweepStatus status, int count = RunsOfTheSweep)
    {
        Assert.Equal((SweepStage.Finished, count, 0), (status.Stage, status.Completed, status.Failed));
        Assert.Equal(count * spec.Variants[0].Protocol.Steps, Trainer.StepsTrained);
        RunPage runs = await InsistAsync(() => Cluster.Sweep(spec).GetRuns(0, 100, RunState.Completed));
        Plan plan = CanonicalJson.Read<Plan>((await Disk.GetAsync(ArtifactKeys.Plan(spec.Id())))!.Data, "plan");
        foreach (string run in runs.Rows.Select(r => r.Run))
        {
            RunSpec trained = plan.RunSpecOf(Enumerable.Range(0, plan.Runs.Count).First(i => plan.Runs[i].Run == run));
            Assert.Equal(Digest.Of(HashTrainer.WeightsAfter(trained, trained.Protocol.Steps)), (await Cluster.ResultAsync(run)).WeightsDigest);
        }

        await InsistAsync(async () => (await Cluster.Scheduler.GetOpenRuns(spec.Id().Value)).Queue is null ? spec : null!);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _folder.Dispose();
    }
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Tests;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>
/// Attempts of one run without a cluster: a real folder behind a store that can fail, a fake clock, and the fence in the test's hand.
/// </summary>
internal sealed class AttemptBench : IDisposable
{
    public static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(10);
    private const int Steps = 20;
    private readonly TempFolder _folder = new();

    public AttemptBench()
    {
        Disk = new FolderArtifactStore(_folder.Path, Clock);
        Store = new FaultyStore(Disk);
        Fence = new RenewalFence(TimeToLive, Clock);
        Plan plan = Planner.Plan(
            TestSweep.Spec("attempts", steps: Steps),
            new PlanInputs { Cohort = TestSweep.Cohort, Numerics = Numerics.DefaultCpu, Trainer = "hash", TrainerRevision = 1 });
        Spec = plan.RunSpecOf(0);
        Run = Spec.Id();
    }

    public FakeTimeProvider Clock { get; } = new();

    public FolderArtifactStore Disk { get; }

    /// <summary>What attempts are given.</summary>
    public FaultyStore Store { get; }

    public RenewalFence Fence { get; }

    public HeardLogger Log { get; } = new();

    public HashTrainer Trainer { get; } = new();

    public RunSpec Spec { get; }

    public RunId Run { get; }

    /// <summary>An attempt that checkpoints every five of its twenty steps.</summary>
    public Attempt Start(long token, HashTrainer? trainer = null, IArtifactStore? store = null)
    {
        var context = new AttemptContext(
            "worker", store ?? Store, new CohortCache(Disk, ""), new CheckpointPolicy { Every = TimeSpan.MaxValue, EverySteps = 5 },
            Fence, Clock, Log);
        var attempt = new Attempt(new LeaseGrant(token, Run.Value, Spec, [], 1), trainer ?? Trainer, context);
        attempt.Start();
        return attempt;
    }

    /// <summary>How the attempt ends without anybody's help; 60 s at most.</summary>
    public static Task<AttemptEnding> EndOf(Attempt attempt) => attempt.Ending.WaitAsync(TimeSpan.FromSeconds(60));

    /// <summary>Lets the clock run, with a renewal each second, until the attempt ends; 60 real seconds at most.</summary>
    public async Task<AttemptEnding> EndOnClockAsync(Attempt attempt)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!attempt.Ending.IsCompleted && !limit.IsCancellationRequested)
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            Fence.Renewed(Fence.Now());
            await Task.Yield();
        }

        limit.Token.ThrowIfCancellationRequested();
        return await attempt.Ending;
    }

    public string Checkpoint(long attempt, int step) => ArtifactKeys.Checkpoint(Run, attempt, step);

    /// <summary>A checkpoint as an attempt that reached the step leaves it.</summary>
    public Task StoreCheckpointAsync(long attempt, int step, HashTrainer? by = null) =>
        Disk.PutAsync(Checkpoint(attempt, step), (by ?? Trainer).Checkpoint(step, HashTrainer.WeightsAfter(Spec, step)));

    public async Task<List<string>> CheckpointsAsync()
    {
        List<ArtifactInfo> all = await Disk.ListAsync(ArtifactKeys.AttemptsPrefix(Run)).ToListAsync();
        return [.. all.Select(i => i.Key).Where(k => k.Contains("/checkpoint-", StringComparison.Ordinal))];
    }

    public async Task<RunResult?> ResultAsync() =>
        await Disk.GetAsync(ArtifactKeys.RunResult(Run)) is { } stored ? CanonicalJson.Read<RunResult>(stored.Data, "result") : null;

    public async Task<string> LogOfAsync(long attempt) =>
        System.Text.Encoding.UTF8.GetString((await Disk.GetAsync(ArtifactKeys.Log(Run, attempt)))!.Data);

    /// <summary>The digest of the weights that twenty undisturbed steps give.</summary>
    public string RightWeights => Digest.Of(HashTrainer.WeightsAfter(Spec, Steps));

    public void Dispose() => _folder.Dispose();
}

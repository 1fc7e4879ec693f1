using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests.Executors;

/// <summary>A run is pinned to its worker, and its executor there is how everyone else reaches it.</summary>
public sealed class ExecutorTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private const int Plenty = 1000;
    private readonly SemaphoreSlim[] _go = [new(0), new(0)];
    private PinnedCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await PinnedCluster.StartAsync();

    [Fact]
    public async Task Executor_OfAHeldTraining_AnswersFromTheSiloInItsKeyWithoutWaitingForTheStep()
    {
        SweepSpec spec = TestSweep.Spec("pinned");
        HoldAt(5);
        await _cluster.StartSweepAsync(spec);
        foreach (int worker in (int[])[0, 1])
        {
            (OpenLease lease, string run) = await _cluster.LeaseOfAsync(spec, worker);
            IRunExecutorGrain executor = _cluster.Executor(run, lease.Token, worker);

            // The thread is in its sixth step and never comes out while these are answered.
            TrainingProgress progress = await TestCluster.WaitAsync(async () => await executor.Peek().WaitAsync(Limit) is { Step: 5 } p ? p : null);
            string[]? log = await executor.LogTail(10).WaitAsync(Limit);
            PreviewReply? preview = await executor.Preview().WaitAsync(Limit);

            Assert.Equal(10, progress.Steps);
            Assert.Contains(_cluster.NameOf(worker), Assert.Single(log!));
            Assert.Null(preview!.Preview);
            Assert.Contains("no step boundary", preview.WhyNot);

            // The same attempt under the other silo's key: the call runs there, where nobody holds it.
            IRunExecutorGrain elsewhere = _cluster.Executor(run, lease.Token, 1 - worker);
            Assert.Null(await elsewhere.Peek().WaitAsync(Limit));
            Assert.Null(await elsewhere.LogTail(10).WaitAsync(Limit));
            Assert.Null(await elsewhere.Preview().WaitAsync(Limit));
            Assert.False(await elsewhere.Stop(StopRequest.Abandon).WaitAsync(Limit));
            Assert.False(await elsewhere.Drain().WaitAsync(Limit));
        }
    }

    [Fact]
    public async Task Executor_AskedForPreviewsDuringAStep_MakesOneAtItsEndOfTheWeightsThen()
    {
        SweepSpec spec = TestSweep.Spec("previewed");
        HoldAt(5, 8);
        int previews = 0;
        _cluster.Trainers[0].OnPreview = (step, weights) =>
        {
            previews++;
            return new TrainingPreview(step, [new PreviewSlice("A001", 0, 1, [weights[0]], [1], [1], 1)]);
        };
        await _cluster.StartSweepAsync(spec);
        (IRunExecutorGrain executor, string run) = await ReachedAsync(spec, worker: 0);

        PreviewReply?[] early = await Task.WhenAll(executor.Preview(), executor.Preview()).WaitAsync(Limit);
        _go[0].Release();
        TrainingPreview preview = await TestCluster.WaitAsync(async () => (await executor.Preview())?.Preview);

        Assert.All(early, reply => Assert.Contains("no step boundary", reply!.WhyNot));
        Assert.Equal(5, preview.Step);
        Assert.Equal(HashTrainer.WeightsAfter(await SpecOfAsync(run), 5)[0], preview.Slices[0].Image[0]);
        Assert.Equal(1, previews);
    }

    [Fact]
    public async Task Preview_ThatFails_IsTheAskersFailureAndNotTheRuns()
    {
        SweepSpec spec = TestSweep.Spec("failing-preview");
        HoldAt(5, 8);
        _cluster.Trainers[0].OnPreview = (_, _) => throw new InvalidOperationException("no memory left");
        await _cluster.StartSweepAsync(spec);
        (IRunExecutorGrain executor, string run) = await ReachedAsync(spec, worker: 0);

        Task<PreviewReply?> asked = executor.Preview();
        await executor.Peek();
        _go[0].Release();
        PreviewReply? reply = await asked.WaitAsync(Limit);
        _go[0].Release(Plenty);

        Assert.Contains("no memory left", reply!.WhyNot);
        await TestCluster.WaitAsync(async () => await _cluster.Store.ExistsAsync(ArtifactKeys.RunResult(new RunId(run))) ? run : null);
    }

    [Fact]
    public async Task Executor_OfASiloThatHasLeft_IsRefusedAtOnceNamingTheSilo()
    {
        SweepSpec spec = TestSweep.Spec("left");
        HoldAt(5);
        await _cluster.StartSweepAsync(spec);
        (IRunExecutorGrain executor, _) = await ReachedAsync(spec, worker: 1);
        _go[1].Release(Plenty);
        await _cluster.StopAsync(worker: 1);

        // A call that hangs ends in a TimeoutException of WaitAsync, which is none of these.
        var e = await Assert.ThrowsAsync<SiloUnavailableException>(() => executor.Peek().WaitAsync(Limit));
        var never = await Assert.ThrowsAsync<SiloUnavailableException>(
            () => _cluster.Grains.GetGrain<IRunExecutorGrain>(ExecutorKey.Of(Digest.Of("run"u8), 1, "127.0.0.1:1@1")).Peek().WaitAsync(Limit));

        Assert.Contains($"worker {_cluster.NameOf(1)}, which held this attempt, has left the cluster", e.Message);
        Assert.Contains("worker 127.0.0.1:1@1, which held this attempt, has left the cluster", never.Message);
    }

    [Fact]
    public async Task Pause_OfARunningSweep_ReachesItsAttemptsThroughTheirExecutors()
    {
        SweepSpec spec = TestSweep.Spec("paused");
        WaitForStopAt(step: 5);
        await _cluster.StartSweepAsync(spec);
        await ReachedAsync(spec, worker: 0);
        await ReachedAsync(spec, worker: 1);

        await _cluster.Grains.GetGrain<ISweepGrain>(spec.Id().Value).Pause();

        OpenRuns open = await TestCluster.WaitAsync(async () =>
            await _cluster.Scheduler.GetOpenRuns(spec.Id().Value) is { Leases.Count: 0 } o ? o : null);
        Assert.Equal([AttemptEnd.Paused, AttemptEnd.Paused], open.Queue!.Requeued.Select(r => Assert.Single(r.History.Attempts).End));
    }

    [Fact]
    public async Task Cancel_OfARunningSweep_ReachesItsAttemptsThroughTheirExecutors()
    {
        SweepSpec spec = TestSweep.Spec("cancelled");
        WaitForStopAt(step: 5);
        await _cluster.StartSweepAsync(spec);
        (IRunExecutorGrain Executor, string Run)[] reached = [await ReachedAsync(spec, worker: 0), await ReachedAsync(spec, worker: 1)];

        await _cluster.Grains.GetGrain<ISweepGrain>(spec.Id().Value).Cancel("wrong question");

        foreach ((IRunExecutorGrain executor, string run) in reached)
        {
            await TestCluster.WaitAsync(async () => await executor.Peek() is null ? run : null);
            Assert.False(await _cluster.Store.ExistsAsync(ArtifactKeys.RunResult(new RunId(run))), "it was trained to its end");
        }
    }

    [Fact]
    public async Task Drain_OfAWorker_ReachesItThroughTheExecutorOfItsAttempt()
    {
        SweepSpec spec = TestSweep.Spec("drained");
        WaitForStopAt(step: 5);
        await _cluster.StartSweepAsync(spec);
        await ReachedAsync(spec, worker: 1);

        DrainReply reply = await _cluster.Scheduler.Drain(_cluster.NameOf(1));

        Assert.Equal(new DrainReply(_cluster.NameOf(1), Acknowledged: true), reply);
        await TestCluster.WaitAsync(() => Task.FromResult(_cluster.IsStopping(1) ? spec : null));
        await TestCluster.WaitAsync(async () =>
        {
            OpenRuns open = await _cluster.Scheduler.GetOpenRuns(spec.Id().Value);
            return open.Queue!.Requeued.Any(r => r.History.Attempts is [{ End: AttemptEnd.Preempted }]) ? open : null;
        });
    }

    public async ValueTask DisposeAsync()
    {
        Array.ForEach(_go, go => go.Release(Plenty));
        foreach (HashTrainer trainer in _cluster.Trainers)
        {
            trainer.WaitsForStop = (_, _) => false;
        }

        await _cluster.DisposeAsync();
    }

    /// <summary>The executor of a worker's attempt, once that has trained five steps.</summary>
    private async Task<(IRunExecutorGrain Executor, string Run)> ReachedAsync(SweepSpec spec, int worker)
    {
        (OpenLease lease, string run) = await _cluster.LeaseOfAsync(spec, worker);
        IRunExecutorGrain executor = _cluster.Executor(run, lease.Token, worker);
        await TestCluster.WaitAsync(async () => await executor.Peek() is { Step: 5 } p ? p : null);
        return (executor, run);
    }

    /// <summary>Each release lets a worker out of one step.</summary>
    private void HoldAt(params int[] steps)
    {
        foreach ((HashTrainer trainer, SemaphoreSlim go) in _cluster.Trainers.Zip(_go))
        {
            trainer.OnStep = (_, at) =>
            {
                if (steps.Contains(at))
                {
                    go.Wait();
                }
            };
        }
    }

    private void WaitForStopAt(int step)
    {
        foreach (HashTrainer trainer in _cluster.Trainers)
        {
            trainer.WaitsForStop = (_, at) => at == step;
        }
    }

    private async Task<RunSpec> SpecOfAsync(string run)
    {
        string key = ArtifactKeys.RunSpec(new RunId(run));
        return CanonicalJson.Read<RunSpec>((await _cluster.Store.GetAsync(key))!.Data, key);
    }
}

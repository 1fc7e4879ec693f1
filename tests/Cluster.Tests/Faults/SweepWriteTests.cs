using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>A write of a sweep that fails: nothing is answered, nothing is believed that is not stored, and the next call succeeds.</summary>
public sealed class SweepWriteTests
{
    private static readonly RetryRequest Everything = new([], Failed: true, Cancelled: true);

    [Theory]
    [InlineData(CallFault.RequestLost)]
    [InlineData(CallFault.AnswerLost)]
    public async Task Cancel_WhoseWriteFails_IsBelievedOnlyIfItIsStored(CallFault fault)
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        SweepSpec spec = await StartAsync(cluster, held, "cancelled");
        FailOnce(cluster, fault, call => IsCancellation(call, spec));

        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).Cancel("wrong question"));
        SweepStatus after = await StatusAsync(cluster, spec);
        await cluster.Cluster.Sweep(spec).Cancel("wrong question");

        Assert.Equal(fault == CallFault.AnswerLost ? (SweepStage.Cancelled, 6) : (SweepStage.CrossValidation, 0), (after.Stage, after.Cancelled));
        await AssertCancelledAsync(cluster, spec);
    }

    /// <summary>Who only looks waits for no write, and must not see what may yet fail.</summary>
    [Theory]
    [InlineData("sweep")]
    [InlineData("run")]
    public async Task Cancel_WhoseWriteIsUnderWay_IsSeenByNobody(string what)
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        SweepSpec spec = await StartAsync(cluster, held, $"looked-at-{what}");
        ISweepGrain sweep = cluster.Cluster.Sweep(spec);
        string run = (await sweep.GetRuns(0, 1, RunState.Running)).Rows.Single().Run;
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Store.Rule = async call =>
        {
            if (call.IsWrite && (what == "sweep" ? IsCancellation(call, spec) : call.Key == ArtifactKeys.Outcome(spec.Id(), new RunId(run))))
            {
                writing.TrySetResult();
                await go.Task;
            }

            return CallFault.None;
        };

        Task cancelling = what == "sweep" ? sweep.Cancel("wrong question") : sweep.CancelRuns([run], "too slow");
        await writing.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        SweepStatus status = (await sweep.GetStatus())!;
        RunPage running = await sweep.GetRuns(0, 6, RunState.Running);
        go.SetResult();
        await cancelling;

        Assert.Equal((SweepStage.CrossValidation, 2, 0), (status.Stage, status.Running, status.Cancelled));
        Assert.Equal(2, running.Total);
        Assert.Equal(what == "sweep" ? 6 : 1, (await sweep.GetStatus())!.Cancelled);
    }

    /// <summary>The scheduler is asked before anything is stored; when it is away, nothing of the cancellation may stay.</summary>
    [Fact]
    public async Task Cancel_WhileTheSchedulerIsAway_LeavesEveryRunWanted()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        SweepSpec spec = await StartAsync(cluster, held, "cancelled-late");
        cluster.Store.Rule = call => Task.FromResult(call.IsWrite && call.Key == FaultyCluster.SchedulerKey ? CallFault.RequestLost : CallFault.None);
        await Assert.ThrowsAnyAsync<Exception>(cluster.WriteSchedulerAsync);

        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).Cancel("wrong question"));
        cluster.Store.Rule = _ => Task.FromResult(CallFault.None);
        SweepStatus after = await StatusAsync(cluster, spec);

        Assert.Equal((SweepStage.CrossValidation, 0), (after.Stage, after.Cancelled));
        await cluster.Cluster.Sweep(spec).Cancel("wrong question");
        await AssertCancelledAsync(cluster, spec);
    }

    [Theory]
    [InlineData(CallFault.RequestLost, 1)]
    [InlineData(CallFault.AnswerLost, 2)]
    public async Task CancelRuns_WhoseSecondWriteFails_CancelsWhatIsStoredAndStopsItWithoutBeingAskedAgain(CallFault fault, int stored)
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        SweepSpec spec = await StartAsync(cluster, held, "runs-cancelled");
        string[] runs = [.. (await cluster.Cluster.Sweep(spec).GetRuns(0, 6, null)).Rows.Take(2).Select(r => r.Run)];
        FailOnce(cluster, fault, call => call.Key == ArtifactKeys.Outcome(spec.Id(), new RunId(runs[1])));

        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).CancelRuns(runs, "too slow"));
        SweepStatus after = await StatusAsync(cluster, spec);
        await FaultyCluster.InsistAsync(async () => IsOpen(await cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value), 0) ? null! : spec);
        await cluster.Cluster.Sweep(spec).CancelRuns(runs, "too slow");

        Assert.Equal((stored, 0), (after.Cancelled, after.Failed));
        OpenRuns open = await cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value);
        Assert.DoesNotContain(new[] { 0, 1 }, i => IsOpen(open, i));
        Assert.Equal(2, (await cluster.Cluster.Sweep(spec).GetStatus())!.Cancelled);
    }

    /// <summary>The order, the reopened sweep, the queue and the count: from the order on, the next activation goes on by itself.</summary>
    [Theory]
    [InlineData("order", CallFault.RequestLost)]
    [InlineData("order", CallFault.AnswerLost)]
    [InlineData("reopen", CallFault.RequestLost)]
    [InlineData("reopen", CallFault.AnswerLost)]
    [InlineData("scheduler", CallFault.RequestLost)]
    [InlineData("scheduler", CallFault.AnswerLost)]
    [InlineData("clear", CallFault.RequestLost)]
    [InlineData("count", CallFault.RequestLost)]
    [InlineData("count", CallFault.AnswerLost)]
    public async Task Retry_CutShortAtAWrite_IsNotAnsweredAndGoesOnFromWhatIsStored(string write, CallFault fault)
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("retried");
        cluster.Trainer.OnStep = (run, _) =>
        {
            if (((CrossEntropyScheme)run.Scheme).Optimizer.LearningRate == 2e-3)
            {
                throw new TrainingException(FailureClass.Divergence, "the loss is NaN");
            }
        };
        SweepStatus stopped = await cluster.RunAsync(spec);
        cluster.Trainer.OnStep = (_, _) => { };
        FailOnce(cluster, fault, call => write switch
        {
            "order" => call.Key == ArtifactKeys.Retry(spec.Id(), 1),
            "reopen" => call.Key == FaultyCluster.SweepKey(spec) && TextOf(call).Contains("\"cross-validation\"", StringComparison.Ordinal),
            "scheduler" => call.Key == FaultyCluster.SchedulerKey && FaultyCluster.SnapshotOf(call).Sweeps.Count > 0,
            "clear" => call.Action == "delete" && call.Key.StartsWith(ArtifactKeys.OutcomePrefix(spec.Id()), StringComparison.Ordinal),
            _ => call.Key == FaultyCluster.SweepKey(spec) && TextOf(call).Contains("\"retries\":1", StringComparison.Ordinal),
        });

        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).Retry(Everything));
        if ((write, fault) is ("order", CallFault.RequestLost))
        {
            SweepStatus after = await StatusAsync(cluster, spec);
            Assert.Equal((SweepStage.Stopped, 3), (after.Stage, after.Failed));
            Assert.Equal(3, await cluster.Cluster.Sweep(spec).Retry(Everything));
        }

        SweepStatus finished = await FaultyCluster.InsistAsync(
            async () => await cluster.Cluster.Sweep(spec).GetStatus() is { Stage: SweepStage.Finished } s ? s : null!);

        Assert.Equal((SweepStage.Stopped, 3), (stopped.Stage, stopped.Failed));
        await cluster.AssertUndisturbedAsync(spec, finished);
    }

    /// <summary>The choice of the fold, and the end.</summary>
    [Theory]
    [InlineData("ablation", CallFault.RequestLost)]
    [InlineData("ablation", CallFault.AnswerLost)]
    [InlineData("finished", CallFault.RequestLost)]
    [InlineData("finished", CallFault.AnswerLost)]
    public async Task Sweep_WhoseNextStageIsNotStored_EntersItAfterAllAndEndsAsUndisturbed(string stage, CallFault fault)
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("staged");
        Func<bool> failed = FailOnce(
            cluster, fault, call => call.Key == FaultyCluster.SweepKey(spec) && TextOf(call).Contains($"\"{stage}\"", StringComparison.Ordinal));

        SweepStatus status = await cluster.RunAsync(spec);

        Assert.True(failed(), $"no write of the sweep was of stage {stage}");
        await cluster.AssertUndisturbedAsync(spec, status);
    }

    private static async Task<SweepSpec> StartAsync(FaultyCluster cluster, HeldTrainer held, string name)
    {
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec(name);
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();
        return spec;
    }

    /// <returns>Whether a write has met the fault.</returns>
    private static Func<bool> FailOnce(FaultyCluster cluster, CallFault fault, Func<StoreCall, bool> fits)
    {
        int met = 0;
        cluster.Store.Rule = call => Task.FromResult(call.IsWrite && fits(call) && Interlocked.Exchange(ref met, 1) == 0 ? fault : CallFault.None);
        return () => Volatile.Read(ref met) == 1;
    }

    private static Task<SweepStatus> StatusAsync(FaultyCluster cluster, SweepSpec spec) =>
        FaultyCluster.InsistAsync(async () => (await cluster.Cluster.Sweep(spec).GetStatus())!);

    private static async Task AssertCancelledAsync(FaultyCluster cluster, SweepSpec spec)
    {
        await FaultyCluster.InsistAsync(
            async () => await cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value) is { Queue: null, Leases.Count: 0 } ? spec : null!);
        SweepStatus status = (await cluster.Cluster.Sweep(spec).GetStatus())!;
        Assert.Equal((SweepStage.Cancelled, 6, "wrong question"), (status.Stage, status.Cancelled, status.Message));
    }

    private static bool IsOpen(OpenRuns open, int index) =>
        open.Leases.Any(l => l.Index == index)
        || open.Queue!.Requeued.Any(r => r.Index == index)
        || (open.Queue.PositionOf(index) >= open.Queue.Cursor && !open.Queue.Withdrawn.Contains(index));

    private static bool IsCancellation(StoreCall call, SweepSpec spec) =>
        call.Key == FaultyCluster.SweepKey(spec) && TextOf(call).Contains("\"cancelled\"", StringComparison.Ordinal);

    private static string TextOf(StoreCall call) => Encoding.UTF8.GetString(call.Data.Span);
}

using System.Text.Json.Nodes;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

/// <summary>Failed and cancelled runs trained again, in sweeps that go on and in sweeps that have ended.</summary>
public sealed class RetryTests : IDisposable
{
    private static readonly RetryRequest Everything = new([], Failed: true, Cancelled: true);
    private static readonly RetryRequest OnlyFailed = new([], Failed: true, Cancelled: false);
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Retry_OfASweepThatStopped_TrainsWhatIsMissingThenChoosesAndFinishes()
    {
        HashTrainer trainer = Broken(spec => Rate(spec) == 2e-3);
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Spec("stopped");
        await cluster.StartSweepAsync(spec);
        SweepStatus stopped = await cluster.WaitForEndAsync(spec);
        bool chosen = await cluster.Store.ExistsAsync(ArtifactKeys.Choice(spec.Id()));
        string conditional = (await cluster.Sweep(spec).GetRuns(0, 1, RunState.Conditional)).Rows[0].Run;
        Why why = (await cluster.Sweep(spec).GetWhy(conditional))!;

        trainer.OnStep = (_, _) => { };
        int queued = await cluster.Sweep(spec).Retry(OnlyFailed);
        SweepStatus finished = await cluster.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Stopped, 3, 3), (stopped.Stage, stopped.Completed, stopped.Failed));
        Assert.False(chosen);
        Assert.Equal(WhyReason.SweepStopped, why.Reason);
        Assert.Equal(3, queued);
        Assert.Equal((SweepStage.Finished, 10, 0, 0), (finished.Stage, finished.Completed, finished.Failed, finished.Reused));
        Assert.Equal(100, trainer.StepsTrained);
    }

    /// <summary>What a crash leaves at each point of a retry: the order alone, or the reopened sweep of which the scheduler knows nothing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Retry_CutShort_IsCarriedOutAfterTheRestartWithoutAnybodyAsking(bool reopened)
    {
        SweepSpec spec = TestSweep.Spec("cut-short");
        await using (TestCluster cluster = await TestCluster.StartAsync(_folder.Path, Broken(spec => Rate(spec) == 2e-3)))
        {
            await cluster.StartSweepAsync(spec);
            await cluster.WaitForEndAsync(spec);
            RunPage failed = await cluster.Sweep(spec).GetRuns(0, 10, RunState.Failed);
            var order = new RetryOrder(DateTimeOffset.UnixEpoch, failed.Rows.Select(r => r.Index).ToRanges());
            await cluster.Store.TryCreateAsync(ArtifactKeys.Retry(spec.Id(), 1), CanonicalJson.Write(order));
        }

        if (reopened)
        {
            string file = Directory.GetFiles(_folder.Path, $"{spec.Id()}.json", SearchOption.AllDirectories).Single();
            JsonNode state = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
            JsonObject sweep = FindStage(state);
            sweep["stage"] = "cross-validation";
            sweep.Remove("ended");
            await File.WriteAllTextAsync(file, state.ToJsonString());
        }

        await using TestCluster restarted = await TestCluster.StartAsync(_folder.Path);
        SweepStatus finished =
            await TestCluster.WaitAsync(async () => await restarted.Sweep(spec).GetStatus() is { Stage: SweepStage.Finished } s ? s : null);

        Assert.Equal((10, 0), (finished.Completed, finished.Failed));
        Assert.Equal(70, restarted.Trainer.StepsTrained);
        Assert.Equal(0, await restarted.Sweep(spec).Retry(Everything));
    }

    [Fact]
    public async Task Retry_OfACancelledSweep_GoesOnWhereItWasAndTrainsNoCompletedRunAgain()
    {
        var trainer = new HashTrainer();
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Spec("reopened");
        using var go = new ManualResetEventSlim();
        trainer.OnStep = (_, step) =>
        {
            if (step == 5 && trainer.StepsTrained > 25)
            {
                go.Wait();
            }
        };
        await cluster.StartSweepAsync(spec);
        await TestCluster.WaitAsync(
            async () => await cluster.Sweep(spec).GetStatus() is { Completed: > 0, Running: 2 } s && trainer.StepsTrained > 25 ? s : null);
        await cluster.Sweep(spec).Cancel("a pause");
        HashSet<string> done = [.. (await cluster.Sweep(spec).GetRuns(0, 100, RunState.Completed)).Rows.Select(r => r.Run)];
        SweepStatus cancelled = (await cluster.Sweep(spec).GetStatus())!;
        trainer.OnStep = (run, _) => Assert.DoesNotContain(run.Id().Value, done);
        go.Set();

        int failed = await cluster.Sweep(spec).Retry(OnlyFailed);
        int queued = await cluster.Sweep(spec).Retry(Everything);
        SweepStatus end = await cluster.WaitForEndAsync(spec);

        Assert.Equal(6, cancelled.Planned);
        Assert.Equal(0, failed);
        Assert.Equal(6 - done.Count, queued);
        Assert.Equal((SweepStage.Finished, 10, 0, null), (end.Stage, end.Completed, end.Failed, end.Message));
    }

    [Fact]
    public async Task Retry_OfOneRunOfACancelledSweep_LeavesTheOthersCancelledOverARestart()
    {
        SweepSpec spec = TestSweep.Spec("one-of-many");
        string run;
        await using (TestCluster cluster = await TestCluster.StartAsync(_folder.Path, lease: new LeasePolicy { Limits = [new OwnerLimit("ann", 0)] }))
        {
            await cluster.StartSweepAsync(spec);
            await cluster.Sweep(spec).Cancel("all of it");
            run = (await cluster.Sweep(spec).GetRuns(3, 1, null)).Rows[0].Run;
            Assert.Equal(1, await cluster.Sweep(spec).Retry(new RetryRequest([run], true, true)));
        }

        await using TestCluster restarted = await TestCluster.StartAsync(_folder.Path);
        SweepStatus end = await restarted.WaitForEndAsync(spec);

        Assert.Equal((SweepStage.Stopped, 1, 5), (end.Stage, end.Completed, end.Cancelled));
        Assert.Equal(run, Assert.Single((await restarted.Sweep(spec).GetRuns(0, 10, RunState.Completed)).Rows).Run);
        Assert.Equal(10, restarted.Trainer.StepsTrained);
    }

    [Fact]
    public async Task Retry_WhileTheSweepGoesOn_QueuesTheRunBehindItsOwnFailure()
    {
        string? broken = null;
        using var go = new ManualResetEventSlim();
        var trainer = new HashTrainer();
        trainer.OnStep = (run, step) =>
        {
            string id = run.Id().Value;
            if (Interlocked.CompareExchange(ref broken, id, null) is null || (id == broken && !go.IsSet))
            {
                throw new TrainingException(FailureClass.Divergence, "NaN");
            }

            go.Wait();
        };
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Spec("going-on");
        await cluster.StartSweepAsync(spec);
        RunRow failed =
            (await TestCluster.WaitAsync(async () => await cluster.Sweep(spec).GetRuns(0, 1, RunState.Failed) is { Total: 1 } p ? p : null)).Rows[0];
        Why why = (await cluster.Sweep(spec).GetWhy(failed.Run))!;

        go.Set();
        Assert.Equal(1, await cluster.Sweep(spec).Retry(new RetryRequest([failed.Run], true, true)));
        SweepStatus end = await cluster.WaitForEndAsync(spec);

        Assert.Equal(WhyReason.FailedDivergence, why.Reason);
        Assert.NotEmpty(why.LogTail);
        Assert.Equal((10, 0), (end.Completed, end.Failed));
        Assert.Equal(100, trainer.StepsTrained);
        Assert.False(await cluster.Store.ExistsAsync(ArtifactKeys.Outcome(spec.Id(), new RunId(failed.Run))));
    }

    public void Dispose() => _folder.Dispose();

    private static double Rate(RunSpec spec) => ((CrossEntropyScheme)spec.Scheme).Optimizer.LearningRate;

    private static HashTrainer Broken(Func<RunSpec, bool> breaks) => new()
    {
        OnStep = (spec, _) =>
        {
            if (breaks(spec))
            {
                throw new TrainingException(FailureClass.Divergence, "the loss is NaN");
            }
        },
    };

    private static JsonObject FindStage(JsonNode node) => node switch
    {
        JsonObject found when found.ContainsKey("stage") => found,
        JsonObject outer => outer.Select(p => p.Value).OfType<JsonObject>().Select(FindStage).First(),
        _ => throw new InvalidOperationException("no stage in the state"),
    };
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

public sealed class SweepTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Sweep_Started_TrainsFoldsChoosesOneAndAblatesIt()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        SweepSpec spec = TestSweep.Spec("whole");

        await cluster.StartSweepAsync(spec);
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        Assert.Equal(SweepStage.Finished, status.Stage);
        Assert.Equal((10, 10, 0), (status.Planned, status.Completed, status.Failed));
        int chosen = Assert.Single(status.Choice!.Folds);
        Assert.Equal(status.Choice.MeanDice.Max(), status.Choice.MeanDice[chosen]);
        Assert.Equal(100, cluster.Trainer.StepsTrained);
        RunPage notChosen = await cluster.Sweep(spec).GetRuns(0, 100, RunState.NotChosen);
        Assert.Equal(8, notChosen.Total);
        CellView point = (await cluster.Grains.GetGrain<IAblationPointGrain>($"{spec.Id()}/{chosen}/1").GetView())!;
        Assert.All(point.Variants, v => Assert.Equal((1, 1), (v.Completed, v.Planned)));
    }

    [Fact]
    public async Task Sweep_SameRunsUnderAnotherName_TrainsNothingTwice()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        SweepSpec first = TestSweep.Spec("first");
        SweepSpec second = TestSweep.Spec("second");
        await cluster.StartSweepAsync(first);
        await cluster.WaitForEndAsync(first);
        int trained = cluster.Trainer.StepsTrained;

        await cluster.StartSweepAsync(second);
        SweepStatus status = await cluster.WaitForEndAsync(second);

        Assert.Equal(trained, cluster.Trainer.StepsTrained);
        Assert.Equal((10, 10), (status.Completed, status.Reused));
    }

    [Fact]
    public async Task Sweep_TwoAtOnceWithTheSameRuns_TrainEachRunOnce()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        SweepSpec first = TestSweep.Spec("first", "ann");
        SweepSpec second = TestSweep.Spec("second", "bob");

        await Task.WhenAll(cluster.StartSweepAsync(first), cluster.StartSweepAsync(second));
        await Task.WhenAll(cluster.WaitForEndAsync(first), cluster.WaitForEndAsync(second));

        Assert.Equal(100, cluster.Trainer.StepsTrained);
        Assert.Equal(await cluster.DigestsAsync(first), await cluster.DigestsAsync(second));
    }

    [Fact]
    public async Task Sweep_StartedTwice_IsOneSweep()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        SweepSpec spec = TestSweep.Spec("once");

        SweepStatus first = await cluster.StartSweepAsync(spec);
        SweepStatus again = await cluster.StartSweepAsync(spec);

        Assert.Equal(first.Started, again.Started);
    }

    [Fact]
    public async Task Sweep_SiloDrainedMidway_GoesOnFromCheckpointsWithTheSameBits()
    {
        using var undisturbed = new TempFolder();
        SweepSpec spec = TestSweep.Spec("drained", steps: 200);
        SortedDictionary<string, string> expected;
        await using (TestCluster cluster = await TestCluster.StartAsync(undisturbed.Path))
        {
            await cluster.StartSweepAsync(spec);
            await cluster.WaitForEndAsync(spec);
            expected = await cluster.DigestsAsync(spec);
        }

        using var reached = new CountdownEvent(2);
        var trainer = new HashTrainer();
        using var go = new ManualResetEventSlim();
        trainer.OnStep = (_, step) =>
        {
            if (step == 50 && !reached.IsSet)
            {
                reached.Signal();
                go.Wait();
            }
        };
        await using (TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer))
        {
            await cluster.StartSweepAsync(spec);
            await Task.Run(() => reached.Wait());
            Task stopping = cluster.DisposeAsync().AsTask();
            go.Set();
            await stopping;
        }

        await using TestCluster restarted = await TestCluster.StartAsync(_folder.Path);
        SweepStatus status = await restarted.WaitForEndAsync(spec);

        Assert.Equal(SweepStage.Finished, status.Stage);
        Assert.Equal(expected, await restarted.DigestsAsync(spec));
        Assert.Equal(10 * 200, trainer.StepsTrained + restarted.Trainer.StepsTrained);
        RunResult[] results = await Task.WhenAll(expected.Keys.Select(restarted.ResultAsync));
        Assert.Equal(2, results.Count(r => r.Provenance is { Attempts: 2, ResumedFromStep: > 0 }));
    }

    [Fact]
    public async Task Sweep_RunThatCannotBeTrained_FailsWithItsReasonAndItsFoldIsNotChosen()
    {
        var trainer = new HashTrainer();
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Spec("failing");
        string? broken = null;
        trainer.OnStep = (run, _) =>
        {
            if ((Interlocked.CompareExchange(ref broken, run.Id().Value, null) ?? broken) == run.Id().Value)
            {
                throw new TrainingException(FailureClass.Divergence, "the loss of step 0 is NaN");
            }
        };

        await cluster.StartSweepAsync(spec);
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        RunRow failed = Assert.Single((await cluster.Sweep(spec).GetRuns(0, 10, RunState.Failed)).Rows);
        Assert.Equal("Divergence: the loss of step 0 is NaN", failed.Message);
        Assert.DoesNotContain(failed.Fold, status.Choice!.Folds);
        Assert.Null(status.Choice.MeanDice[failed.Fold]);
        Assert.Equal((1, 9), (status.Failed, status.Completed));
        AttemptRecord attempt = Assert.Single(await cluster.Grains.GetGrain<ITrainingRunGrain>(failed.Run).GetAttempts());
        Assert.Equal(AttemptEnd.Failed, attempt.End);
    }

    [Fact]
    public async Task RunCompletedByItsFirstAttempt_TellsThatAttempt_WithoutAFileOfItsOwn()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        SweepSpec spec = TestSweep.Spec("plain");
        await cluster.StartSweepAsync(spec);
        await cluster.WaitForEndAsync(spec);

        RunRow row = (await cluster.Sweep(spec).GetRuns(0, 1, RunState.Completed)).Rows[0];
        AttemptRecord attempt = Assert.Single(await cluster.Grains.GetGrain<ITrainingRunGrain>(row.Run).GetAttempts());

        Assert.Equal(row.Attempt, attempt.Attempt);
        Assert.Equal(row.Worker, attempt.Worker);
        Assert.Equal(AttemptEnd.Completed, attempt.End);
        Assert.True(attempt.Granted <= attempt.Ended);
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Assert.Empty(await cluster.Store.ListAsync("state/run/", cancellation).ToListAsync(cancellation));
    }

    [Fact]
    public async Task Sweep_PausedAndResumed_LosesNoStep()
    {
        var trainer = new HashTrainer();
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer, checkpointEverySteps: 1000);
        SweepSpec spec = TestSweep.Spec("paused", steps: 40);
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        trainer.OnStep = (_, step) =>
        {
            if (step == 20)
            {
                reached.Set();
                go.Wait();
            }
        };
        await cluster.StartSweepAsync(spec);
        await Task.Run(() => reached.Wait());

        await cluster.Sweep(spec).Pause();
        go.Set();
        await TestCluster.WaitAsync(async () => (await cluster.Sweep(spec).GetStatus())!.Running == 0 ? spec : null);
        Assert.True((await cluster.Sweep(spec).GetStatus())!.Paused);
        await cluster.Sweep(spec).Resume();
        await cluster.WaitForEndAsync(spec);

        Assert.Equal(10 * 40, trainer.StepsTrained);
    }

    [Fact]
    public async Task Sweep_Cancelled_StopsItsAttemptsAndKeepsWhatWasCompleted()
    {
        var trainer = new HashTrainer();
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, trainer);
        SweepSpec spec = TestSweep.Spec("cancelled");
        using var reached = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        int begun = 0;
        trainer.OnStep = (_, step) =>
        {
            if (step == 0 && Interlocked.Increment(ref begun) > 2)
            {
                reached.Set();
                go.Wait();
            }
        };
        await cluster.StartSweepAsync(spec);
        await Task.Run(() => reached.Wait());
        SweepStatus before = await TestCluster.WaitAsync(async () => await cluster.Sweep(spec).GetStatus() is { Completed: > 0 } s ? s : null);

        await cluster.Sweep(spec).Cancel("wrong question");
        await TestCluster.WaitAsync(async () =>
        {
            go.Set();
            return (await cluster.Scheduler.GetWorkers()).All(w => w.Busy == 0) ? spec : null;
        });

        SweepStatus after = (await cluster.Sweep(spec).GetStatus())!;
        Assert.Equal(SweepStage.Cancelled, after.Stage);
        Assert.Equal("wrong question", after.Message);
        Assert.InRange(after.Completed, before.Completed, before.Completed + 2);
    }

    [Fact]
    public async Task Start_CohortNotInTheStore_IsRefusedByDigest()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path);
        SweepSpec spec = TestSweep.Spec("unknown");
        string digest = Digest.Of("no such cohort"u8);

        SpecException e = await Assert.ThrowsAsync<SpecException>(() => cluster.Sweep(spec).Start(new SweepSubmission(spec, "", digest, null)));

        Assert.Contains(digest, e.Message);
        Assert.Null(await cluster.Sweep(spec).GetStatus());
    }

    public void Dispose() => _folder.Dispose();
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

/// <summary>Single runs paused and cancelled, runs that two sweeps share, limits and drains, through the real grains.</summary>
public sealed class RunControlTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly HeldRun _held = new();

    [Fact]
    public async Task Run_PausedWhileItRuns_CheckpointsAndWaitsWhileItsSweepGoesOn()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, _held.Trainer, checkpointEverySteps: 1000);
        SweepSpec spec = TestSweep.Spec("run-paused", steps: 40);
        await cluster.StartSweepAsync(spec);
        string run = await _held.ReachedAsync();

        await cluster.Sweep(spec).PauseRuns([run]);
        _held.ReleaseUntilStopped();
        await TestCluster.WaitAsync(async () => await cluster.Sweep(spec).GetStatus() is { Completed: 5, Running: 0 } s ? s : null);
        Why paused = (await cluster.Sweep(spec).GetWhy(run))!;
        SweepStatus before = (await cluster.Sweep(spec).GetStatus())!;
        await cluster.Sweep(spec).ResumeRuns([run]);
        SweepStatus after = await cluster.WaitForEndAsync(spec);

        Assert.Equal(WhyReason.RunPaused, paused.Reason);
        Assert.Equal((1, SweepStage.CrossValidation), (before.PausedRuns, before.Stage));
        Assert.Equal((0, 10), (after.PausedRuns, after.Completed));
        Assert.Equal(10 * 40, _held.Trainer.StepsTrained);
        Assert.Equal(
            [AttemptEnd.Paused, AttemptEnd.Completed], (await cluster.Grains.GetGrain<ITrainingRunGrain>(run).GetAttempts()).Select(a => a.End));
    }

    [Fact]
    public async Task Run_PausedOverARestart_StaysPaused()
    {
        SweepSpec spec = TestSweep.Spec("kept-paused");
        string run;
        await using (TestCluster cluster = await TestCluster.StartAsync(_folder.Path, _held.Trainer))
        {
            await cluster.StartSweepAsync(spec);
            run = await _held.ReachedAsync();
            await cluster.Sweep(spec).PauseRuns([run]);
            _held.ReleaseUntilStopped();
        }

        await using TestCluster restarted = await TestCluster.StartAsync(_folder.Path);
        await TestCluster.WaitAsync(async () => await restarted.Sweep(spec).GetStatus() is { Completed: 5, Running: 0 } s ? s : null);

        Assert.Equal(WhyReason.RunPaused, (await restarted.Sweep(spec).GetWhy(run))!.Reason);
    }

    [Fact]
    public async Task Run_Cancelled_IsAbandonedStoredAndItsFoldNotChosen()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, _held.Trainer);
        SweepSpec spec = TestSweep.Spec("run-cancelled");
        await cluster.StartSweepAsync(spec);
        string run = await _held.ReachedAsync();

        await cluster.Sweep(spec).CancelRuns([run], "too slow");
        await cluster.Sweep(spec).CancelRuns([run], "again");
        _held.ReleaseUntilStopped();
        SweepStatus status = await cluster.WaitForEndAsync(spec);

        RunRow row = Assert.Single((await cluster.Sweep(spec).GetRuns(0, 10, RunState.Cancelled)).Rows);
        Assert.Equal((run, "too slow"), (row.Run, row.Message));
        Assert.DoesNotContain(row.Fold, status.Choice!.Folds);
        Assert.False(await cluster.Store.ExistsAsync(ArtifactKeys.RunResult(new RunId(run))));
        Why why = (await cluster.Sweep(spec).GetWhy(run))!;
        Assert.Equal((WhyReason.Cancelled, "It was cancelled: too slow."), (why.Reason, why.Evidence));
        SpecException refused = await Assert.ThrowsAsync<SpecException>(() => cluster.Sweep(spec).CancelRuns([run], "late"));
        Assert.Contains("has ended", refused.Message);
    }

    [Fact]
    public async Task Control_OfARunThatIsNotOpen_IsRefusedNamingItsState()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, _held.Trainer);
        SweepSpec spec = TestSweep.Spec("refusing");
        await cluster.StartSweepAsync(spec);
        await _held.ReachedAsync();
        RunRow done =
            (
                await TestCluster.WaitAsync(
                    async () => await cluster.Sweep(spec).GetRuns(0, 1, RunState.Completed) is { Total: > 0 } page ? page : null)).Rows[0];
        RunRow conditional = (await cluster.Sweep(spec).GetRuns(0, 1, RunState.Conditional)).Rows[0];

        SpecException completed = await Assert.ThrowsAsync<SpecException>(() => cluster.Sweep(spec).PauseRuns([done.Run]));
        SpecException early = await Assert.ThrowsAsync<SpecException>(() => cluster.Sweep(spec).CancelRuns([conditional.Run], "x"));
        SpecException retry = await Assert.ThrowsAsync<SpecException>(() => cluster.Sweep(spec).Retry(new RetryRequest([done.Run], true, true)));
        _held.Release();

        Assert.Contains("is completed", completed.Message);
        Assert.Contains("is conditional", early.Message);
        Assert.Contains("is completed", retry.Message);
    }

    [Fact]
    public async Task Sweep_CancelledWhileItSharesARunningRun_LeavesTheOthersRunGoing()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, _held.Trainer);
        SweepSpec first = TestSweep.Spec("first", "ann");
        SweepSpec second = TestSweep.Spec("second", "bob");
        await cluster.StartSweepAsync(first);
        await cluster.StartSweepAsync(second);
        string run = await _held.ReachedAsync();
        await TestCluster.WaitAsync(async () => await IsRunningAsync(first, run) && await IsRunningAsync(second, run) ? run : null);

        await cluster.Sweep(first).Cancel("enough");
        _held.Release();
        SweepStatus end = await cluster.WaitForEndAsync(second);

        Assert.Equal((SweepStage.Finished, 10), (end.Stage, end.Completed));
        Assert.Equal(SweepStage.Cancelled, (await cluster.Sweep(first).GetStatus())!.Stage);
        Assert.Equal(1, (await cluster.ResultAsync(run)).Provenance.Attempts);

        // The first sweep's other attempt ended with it where the second did not wait for that run yet.
        Assert.InRange(_held.Trainer.StepsTrained, 100, 109);

        async Task<bool> IsRunningAsync(SweepSpec spec, string id) =>
            (await cluster.Sweep(spec).GetRuns(0, 100, RunState.Running)).Rows.Any(r => r.Run == id);
    }

    [Fact]
    public async Task Owner_AtTheLimit_IsGrantedNothingAndToldWhy()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, lease: new LeasePolicy { Limits = [new OwnerLimit("ann", 0)] });
        SweepSpec ann = TestSweep.Spec("limited", "ann");
        SweepSpec bob = TestSweep.Spec("free", "bob", seeds: 7);
        await cluster.StartSweepAsync(ann);
        await cluster.StartSweepAsync(bob);

        await cluster.WaitForEndAsync(bob);

        SweepStatus status = (await cluster.Sweep(ann).GetStatus())!;
        Assert.Equal((0, 0), (status.Completed, status.Running));
        string run = (await cluster.Sweep(ann).GetRuns(0, 1, null)).Rows[0].Run;
        Assert.Equal(WhyReason.OwnerAtLimit, (await cluster.Sweep(ann).GetWhy(run))!.Reason);
    }

    [Fact]
    public async Task Drain_OfAServerThatIsEverything_LetsItsAttemptsGoAndStays()
    {
        await using TestCluster cluster = await TestCluster.StartAsync(_folder.Path, _held.Trainer);
        SweepSpec spec = TestSweep.Spec("drained");
        await cluster.StartSweepAsync(spec);
        string run = await _held.ReachedAsync();
        string worker = Assert.Single(await cluster.Scheduler.GetWorkers()).Worker;

        SpecException unknown = await Assert.ThrowsAsync<SpecException>(() => cluster.Scheduler.Drain("nobody"));
        DrainReply reply = await cluster.Scheduler.Drain(worker[..12]);
        _held.Release();
        await TestCluster.WaitAsync(async () => (await cluster.Scheduler.GetWorkers()).All(w => w is { Busy: 0, Draining: true }) ? worker : null);
        Why why =
            await TestCluster.WaitAsync(async () => await cluster.Sweep(spec).GetWhy(run) is { Reason: WhyReason.WorkersDraining } w ? w : null);

        Assert.Contains(worker, unknown.Message);
        Assert.Equal(new DrainReply(worker, Acknowledged: true), reply);
        Assert.Contains(worker, why.Evidence);
        Assert.False(cluster.Stopping.IsCancellationRequested);
        OpenRuns open = await cluster.Scheduler.GetOpenRuns(spec.Id().Value);
        Assert.Contains(open.Queue!.Requeued, r => r.History.Attempts is [{ End: AttemptEnd.Preempted }]);

        Assert.Equal(new DrainReply(worker, Acknowledged: true), await cluster.Scheduler.Undrain(worker));
        await TestCluster.WaitAsync(async () => (await cluster.Sweep(spec).GetStatus())!.Completed > 0 ? "it trains again" : null);
        Assert.DoesNotContain(await cluster.Scheduler.GetWorkers(), w => w.Draining);
    }

    public void Dispose()
    {
        _held.Dispose();
        _folder.Dispose();
    }

    /// <summary>A trainer that holds the first run that reaches step 5 until it is released; others go on.</summary>
    private sealed class HeldRun : IDisposable
    {
        private readonly ManualResetEventSlim _go = new();
        private volatile bool _untilStopped;
        private bool _released;
        private readonly TaskCompletionSource<string> _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldRun()
        {
            Trainer.OnStep = (spec, step) =>
            {
                if (step == 5 && _reached.TrySetResult(spec.Id().Value))
                {
                    _go.Wait();
                    _released = true;
                }
            };

            // On the thread that was just released, once: the resumed attempt passes.
            Trainer.WaitsForStop = (spec, step) =>
                _untilStopped && step == 5 && spec.Id().Value == _reached.Task.Result && Interlocked.Exchange(ref _released, false);
        }

        public HashTrainer Trainer { get; } = new();

        public Task<string> ReachedAsync() => _reached.Task.WaitAsync(TimeSpan.FromSeconds(60));

        public void Release() => _go.Set();

        /// <summary>Releases it to take no step until its worker has heard that it is to stop.</summary>
        public void ReleaseUntilStopped()
        {
            _untilStopped = true;
            _go.Set();
        }

        public void Dispose()
        {
            _go.Set();
            _go.Dispose();
        }
    }
}

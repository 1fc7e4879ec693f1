using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>Single turns of a sweep; <see cref="SweepMachineHistoryTests"/> has the histories.</summary>
public sealed class SweepMachineTests
{
    private readonly Plan _plan = SmokePlan.Make();

    [Fact]
    public void Commands_UntilTheirStateIsStored_ChangeNothing()
    {
        var host = new SweepHost(_plan);
        SweepMachine sweep = host.Sweep;
        string run = _plan.Runs[3].Run;
        byte[] before = All(sweep);

        SweepState cancelled = sweep.Cancel("asked", host.Open, SweepHost.Now)!;
        Assert.NotNull(sweep.SetPaused(true));
        Assert.Equal([3], sweep.PauseRuns([run])!.PausedRuns);
        Assert.Equal([3], sweep.RunsToCancel([run]));
        Assert.Null(sweep.ResumeRuns([run]));
        Assert.Null(sweep.Retry([], failed: true, cancelled: true, SweepHost.Now));

        Assert.Equal(SweepStage.Cancelled, cancelled.Stage);
        Assert.Equal(before, All(sweep));
        Assert.IsType<SweepStep.Nothing>(sweep.Next());
    }

    [Fact]
    public void Next_AfterAStateThatChangesWhatIsWanted_TellsTheSchedulerUntilItHeard()
    {
        SweepMachine sweep = new SweepHost(_plan).Sweep;

        sweep.Believe(sweep.SetPaused(true)!);

        Assert.True(Assert.IsType<SweepStep.Tell>(sweep.Next()).Wants.Paused);
        Assert.IsType<SweepStep.Tell>(sweep.Next());
        sweep.Told();
        Assert.IsType<SweepStep.Nothing>(sweep.Next());
    }

    /// <summary>The queue of before is gone before the sweep is open again: what it handed out counts for nothing in the new one.</summary>
    [Fact]
    public void Next_OfAnOrderForASweepWhoseEndTheSchedulerHasNotHeard_TellsTheEndThenReopens()
    {
        var host = new SweepHost(_plan);
        SweepMachine sweep = host.Sweep;
        sweep.Believe(sweep.Cancel("asked", host.Open, SweepHost.Now)!);

        sweep.Ordered(sweep.Retry([], failed: true, cancelled: true, SweepHost.Now)!);

        Assert.True(Assert.IsType<SweepStep.Tell>(sweep.Next()).Wants.Ended);
        sweep.Told();
        SweepState reopened = Assert.IsType<SweepStep.Reopen>(sweep.Next()).Next;
        Assert.Equal((SweepStage.CrossValidation, null), (reopened.Stage, reopened.Ended));
        sweep.Believe(reopened);
        Assert.Equal(12, Assert.IsType<SweepStep.Tell>(sweep.Next()).Wants.Retried.Indices().Count());
    }

    /// <summary>A status may be asked for between the stored end and the moment when the scheduler has let the queue go.</summary>
    [Fact]
    public void Status_OfAnEndThatTheSchedulerHasNotHeard_CountsReusedRunsOnce()
    {
        var host = new SweepHost(_plan);
        OpenRuns open = host.Open with { Queue = host.Open.Queue! with { Reused = 3 } };
        Assert.Equal(3, SweepStatus.Of(host.Sweep, open, reported: false).Reused);

        host.Sweep.Believe(host.Sweep.Cancel("asked", open, SweepHost.Now)!);

        Assert.Equal(3, SweepStatus.Of(host.Sweep, open, reported: false).Reused);
        Assert.Equal(3, SweepStatus.Of(host.Sweep, OpenRuns.None, reported: false).Reused);
    }

    /// <summary>A run may settle between the scheduler's answer and the status that is made of it.</summary>
    [Fact]
    public void Status_OfARunThatSettledWhileTheSchedulerWasAsked_CountsItOnce()
    {
        var host = new SweepHost(_plan);
        OpenRuns open = host.Open with { Leases = [new OpenLease(3, 7, "worker"), new OpenLease(4, 8, "worker")] };

        host.CancelRun(3);

        SweepStatus status = SweepStatus.Of(host.Sweep, open, reported: false);
        Assert.Equal((1, 1), (status.Running, status.Cancelled));
    }

    /// <summary>Its attempt was over before the cancellation was heard, and the candidates were decided before its end was told.</summary>
    [Fact]
    public void Awaits_ACancelledRunThatWasNotChosenMeanwhile_Nothing()
    {
        var host = new SweepHost(TunedSweep.Plan);
        int losing = Enumerable.Range(0, TunedSweep.Plan.Runs.Count).First(
            i => TunedSweep.Plan.Runs[i] is { Variant: 0, Candidate: 0 } && host.Sweep.Ledger.States[i] == RunState.Queued);
        string run = TunedSweep.Plan.Runs[losing].Run;
        Assert.Equal(losing, host.Sweep.Awaits(run));
        host.CancelRun(losing);
        foreach (int index in host.Sweep.Ledger.TuningRuns.Where(i => i != losing).ToList())
        {
            host.Sweep.Settle(index, new RunOutcome.Completed());
        }

        host.Sweep.Decided(TunedSweep.Choose(crossEntropy: 1, hybrid: 2));

        Assert.Equal(RunState.NotChosen, host.Sweep.Ledger.States[losing]);
        Assert.Null(host.Sweep.Awaits(run));
    }

    [Fact]
    public void RequireMaySettle_RunThatIsCompleted_RefusesAFailureBeforeItIsStored()
    {
        SweepMachine sweep = new SweepHost(_plan).Sweep;
        sweep.Settle(0, new RunOutcome.Completed());

        sweep.RequireMaySettle(0, new RunOutcome.Completed());
        InvalidOperationException e =
            Assert.Throws<InvalidOperationException>(() => sweep.RequireMaySettle(0, new RunOutcome.Failed(FailureClass.Code, "x", [], 1)));

        Assert.Contains(_plan.Runs[0].Run, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PauseRuns_OfASweepThatHasEnded_IsRefusedWithTheRemedy()
    {
        var host = new SweepHost(_plan);
        host.Ask(host.Sweep.Cancel("asked", host.Open, SweepHost.Now));

        SpecException e = Assert.Throws<SpecException>(() => host.Sweep.PauseRuns([_plan.Runs[0].Run]));

        Assert.Contains($"advseg retry {_plan.Sweep}", e.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A candidate's run that was cancelled with its sweep and not retried loses it the choice, and is then remembered by nobody else.
    /// </summary>
    [Fact]
    public void Sweep_RestoredAfterATuningRunStayedCancelled_DoesNotWantItAgain()
    {
        Plan plan = TunedSweep.Plan;
        var host = new SweepHost(plan);
        int left = host.Sweep.Ledger.TuningRuns.First();
        host.Ask(host.Sweep.Cancel("asked", host.Open, SweepHost.Now));
        host.Retry([.. Enumerable.Range(0, 32).Where(i => i != left).Select(i => plan.Runs[i].Run)], failed: true, cancelled: true);
        CompleteWhile(host, plan, () => host.Sweep.Stage == SweepStage.Tuning);
        int other = Enumerable.Range(0, plan.Runs.Count).First(i => host.Sweep.Ledger.States[i] == RunState.Queued);
        host.CancelRun(other);

        host.Retry([plan.Runs[other].Run], failed: true, cancelled: true);
        RunState before = host.Sweep.Ledger.States[left];
        host.Restart();

        Assert.Equal((RunState.NotChosen, RunState.NotChosen), (before, host.Sweep.Ledger.States[left]));
    }

    private static void CompleteWhile(SweepHost host, Plan plan, Func<bool> goesOn)
    {
        while (goesOn() && host.Queue.Grant("w", 1, plan.Numerics.ToString(), SweepHost.Now) is { } lease)
        {
            host.Queue.Complete(lease.Run, foundBeforeTraining: false, SweepHost.Now);
            host.RunSettled(lease.Run, new RunOutcome.Completed());
            host.Queue.Acknowledge(lease.Run, lease.Token, plan.Sweep);
            host.GoOn();
        }
    }

    private static byte[] All(SweepMachine sweep) => CanonicalJson.Write(new { sweep.State, sweep.Ledger.States, Wants = sweep.Wants() });
}

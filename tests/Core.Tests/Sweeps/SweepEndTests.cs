using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>How a sweep ends, and where it goes on when runs are retried after that.</summary>
public sealed class SweepEndTests
{
    private readonly Plan _plan = SmokePlan.Make();
    private readonly SweepHost _host;

    public SweepEndTests() => _host = new SweepHost(_plan);

    private SweepMachine Sweep => _host.Sweep;

    /// <summary>A stored report is of all that is completed: after a retry it is of too little, before one there is none.</summary>
    [Fact]
    public void End_OfAFinishedSweep_DeletesTheReportOnlyAfterARetry()
    {
        CompleteCrossValidation();
        int[] ablation = EnterAblationOf(fold: 1);
        Sweep.Settle(ablation[0], new RunOutcome.Failed(FailureClass.Code, "x", [], 1));
        CompleteQueued();
        SweepStep.End first = Assert.IsType<SweepStep.End>(Sweep.Next());
        Assert.Equal((SweepStage.Finished, "1 runs failed; their figures are incomplete.", false), (first.Stage, first.Message, first.AfterRetry));
        _host.GoOn();

        _host.Retry([], failed: true, cancelled: false);
        Assert.Equal(SweepStage.Ablation, Sweep.Stage);
        CompleteQueued();

        SweepStep.End second = Assert.IsType<SweepStep.End>(Sweep.Next());
        Assert.Equal((SweepStage.Finished, null, true), (second.Stage, second.Message, second.AfterRetry));
    }

    [Fact]
    public void Decided_ChoiceOfNoFold_StopsTheSweepWithItsReason()
    {
        CompleteCrossValidation();

        Sweep.Decided(new Choice { Folds = [], MeanDice = [null, null, null, null], Reason = "no fold is eligible" });

        SweepStep.End end = Assert.IsType<SweepStep.End>(Sweep.Next());
        Assert.Equal((SweepStage.Stopped, "no fold is eligible", false), (end.Stage, end.Message, end.AfterRetry));
    }

    [Fact]
    public void Decided_TuningWithoutACandidate_StopsTheSweepWithTheReasonsOfThoseVariants()
    {
        SweepMachine sweep = new SweepHost(TunedSweep.Plan).Sweep;
        foreach (int index in sweep.Ledger.TuningRuns)
        {
            sweep.Settle(index, new RunOutcome.Completed());
        }

        Tuning told = TunedSweep.Choose(crossEntropy: 1, hybrid: 2);
        VariantTuning[] none = [.. told.Variants.Select(v => v with { Chosen = null, Reason = $"{v.Name} has none." })];
        sweep.Decided(new Tuning { Variants = [told.Variants[0], none[1]] });
        string? one = Assert.IsType<SweepStep.End>(sweep.Next()).Message;
        sweep.Decided(new Tuning { Variants = none });

        Assert.Equal("hybrid has none.", one);
        Assert.Equal("cross-entropy has none. hybrid has none.", Assert.IsType<SweepStep.End>(sweep.Next()).Message);
    }

    /// <summary>A retry goes on where the sweep was: before its choice in the cross-validation, after it in the ablation.</summary>
    [Theory]
    [InlineData(false, SweepStage.CrossValidation)]
    [InlineData(true, SweepStage.Ablation)]
    public void Retry_OfACancelledSweep_OpensTheStageThatItWasIn(bool isChosen, SweepStage stage)
    {
        if (isChosen)
        {
            CompleteCrossValidation();
            EnterAblationOf(fold: 2);
        }

        _host.Ask(Sweep.Cancel("asked", _host.Open, SweepHost.Now));

        _host.Retry([], failed: false, cancelled: true);

        Assert.Equal(stage, Sweep.Stage);
    }

    /// <summary>What an ended sweep wants is nothing, whatever its ledger holds.</summary>
    [Fact]
    public void Wants_OfACancelledSweep_AreEmpty()
    {
        _host.CancelRun(3);
        Sweep.Believe(Sweep.Cancel("asked", _host.Open, SweepHost.Now)!);

        SweepWants wants = Sweep.Wants();

        Assert.True(wants.Ended);
        Assert.Empty(wants.Wanted);
        Assert.Empty(wants.Withdrawn);
        Assert.Empty(wants.Retried);
    }

    private void CompleteCrossValidation()
    {
        CompleteQueued();
        Assert.IsType<SweepStep.DecideChoice>(Sweep.Next());
    }

    private int[] EnterAblationOf(int fold)
    {
        Sweep.Decided(new Choice { Folds = [fold], MeanDice = [0.1, 0.2, 0.3, 0.4], Reason = "told" });
        Sweep.Believe(Assert.IsType<SweepStep.Enter>(Sweep.Next()).Next);
        return [.. Enumerable.Range(_plan.Folds[fold].AblationStart, _plan.Folds[fold].AblationCount)];
    }

    private void CompleteQueued()
    {
        foreach (int index in Enumerable.Range(0, _plan.Runs.Count).Where(i => Sweep.Ledger.States[i] == RunState.Queued).ToList())
        {
            Sweep.Settle(index, new RunOutcome.Completed());
        }

        if (Sweep.Next() is SweepStep.Tell)
        {
            _host.Ask(null);
        }
    }
}

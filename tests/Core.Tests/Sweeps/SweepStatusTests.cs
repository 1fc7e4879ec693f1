using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>A sweep at a glance, counted by hand.</summary>
public sealed class SweepStatusTests
{
    private static readonly Plan Plan = TunedSweep.Plan;

    [Fact]
    public void Status_OfATunedSweepBeforeItsChoice_CountsWhatIsKnown()
    {
        var host = new SweepHost(Plan);
        int[] tuning = [.. host.Sweep.Ledger.TuningRuns];
        host.Sweep.Settle(tuning[0], new RunOutcome.Completed());
        host.Sweep.Settle(tuning[1], new RunOutcome.Completed());
        host.Sweep.Settle(tuning[2], new RunOutcome.Completed());
        host.Sweep.Settle(tuning[3], new RunOutcome.Failed(FailureClass.Code, "x", [], 1));
        host.Sweep.Settle(tuning[4], new RunOutcome.Failed(FailureClass.Code, "x", [], 1));
        host.CancelRun(tuning[5]);

        var status = SweepStatus.Of(host.Sweep, OpenRuns.None, reported: false);

        Assert.Equal((3, 2, 1, 6), (status.Completed, status.Failed, status.Cancelled, status.Settled));
        Assert.Equal(new TuningProgress(6, tuning.Length), status.TuningRuns);
        Assert.Equal(6, status.Variants!.Sum(v => v.CrossValidation));
        Assert.Equal(0, status.Variants!.Sum(v => v.Ablation));
        Assert.Equal(Plan.Spec.Variants.Select(v => v.Name), status.Variants!.Select(v => v.Variant));
    }

    /// <summary>What is not wanted yet, and what was not chosen, is not planned.</summary>
    [Fact]
    public void Planned_AfterTheChoiceOfSettings_IsWhatIsWanted()
    {
        var host = new SweepHost(Plan);
        Assert.Equal(Plan.Runs.Count(r => r.Level is null && (r.Candidate is null || Plan.IsTuning(r))), host.Sweep.Ledger.Planned);
        foreach (int index in host.Sweep.Ledger.TuningRuns)
        {
            host.Sweep.Settle(index, new RunOutcome.Completed());
        }

        host.Sweep.Decided(TunedSweep.Choose(crossEntropy: 1, hybrid: 2));

        bool IsChosen(PlannedRun run) => run.Candidate is null || run.Candidate == (run.Variant == 0 ? 1 : 2);
        Assert.Equal(
            Plan.Runs.Count(r => r.Level is null && (IsChosen(r) || Plan.IsTuning(r))), host.Sweep.Ledger.Planned);
    }

    [Fact]
    public void Variants_OfRunsOfBothStages_CountEachByItsStage()
    {
        Plan plan = SmokePlan.Make();
        var ledger = new SweepLedger(plan);
        for (int i = 0; i < plan.CrossValidationRuns; i++)
        {
            ledger.Settle(i, new RunOutcome.Completed());
        }

        ledger.Choose(new Choice { Folds = [1], MeanDice = [0.1, 0.4, 0.2, 0.3], Reason = "told" });
        int[] ablation = [.. Enumerable.Range(plan.Folds[1].AblationStart, plan.Folds[1].AblationCount)];
        ledger.Settle(ablation[0], new RunOutcome.Completed());
        ledger.Settle(ablation[1], new RunOutcome.Failed(FailureClass.Code, "x", [], 1));

        IReadOnlyList<VariantProgress> settled = ledger.SettledByVariant();

        Assert.All(plan.Spec.Variants.Index(), variant => Assert.Equal(
            (plan.Runs.Take(plan.CrossValidationRuns).Count(r => r.Variant == variant.Index),
                ablation.Take(2).Count(i => plan.Runs[i].Variant == variant.Index)),
            (settled[variant.Index].CrossValidation, settled[variant.Index].Ablation)));
        Assert.Empty(ledger.CellOf(0, plan.Runs[ablation[0]].Level).Completed);
        Assert.Equal([ablation[0]], ledger.CellOf(1, plan.Runs[ablation[0]].Level).Completed);
    }

    [Fact]
    public void Status_OfASweepThatHasEnded_HasNoProgressOfVariants()
    {
        var host = new SweepHost(Plan);
        Assert.NotNull(SweepStatus.Of(host.Sweep, OpenRuns.None, reported: false).Variants);

        host.Ask(host.Sweep.Cancel("asked", host.Open, SweepHost.Now));

        var status = SweepStatus.Of(host.Sweep, OpenRuns.None, reported: true);
        Assert.Null(status.Variants);
        Assert.Equal((SweepStage.Cancelled, "asked", true, SweepHost.Now), (status.Stage, status.Message, status.Reported, status.Ended));
    }

    [Fact]
    public void Status_OfADamagedSweep_SaysTheDamageAndNothingElse()
    {
        var status = SweepStatus.OfDamaged("s-1", "state.json cannot be read");

        Assert.Equal(("s-1", "s-1", "", "state.json cannot be read"), (status.Sweep, status.Name, status.Owner, status.Damage));
        Assert.Equal((false, false, 0, 0), (status.Paused, status.Reported, status.Planned, status.Settled));
    }
}

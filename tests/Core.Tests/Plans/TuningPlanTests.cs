using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests.Plans;

public sealed class TuningPlanTests
{
    private static readonly Plan Plan = TunedSweep.Plan;

    /// <summary>Seed 0: 4 folds x (2 + 1 + 4) candidates. Seed 1: the untuned variant on 4 folds at once, 6 candidates x 4 folds behind.</summary>
    [Fact]
    public void Plan_TunedVariants_ListsWhatTunesFirstAndTheRestCandidateByCandidate()
    {
        Assert.Equal(28 + 4 + 24, Plan.CrossValidationRuns);
        Assert.Equal(
            from fold in Enumerable.Range(0, 4)
            from cell in new (int, int?)[] { (0, 0), (0, 1), (1, null), (2, 0), (2, 1), (2, 2), (2, 3) }
            select (0, fold, cell.Item1, cell.Item2),
            Plan.Runs.Take(28).Select(Cell));
        Assert.Equal([(1, 0, 1, null), (1, 1, 1, null), (1, 2, 1, null), (1, 3, 1, null)], Plan.Runs.Skip(28).Take(4).Select(Cell));
        Assert.Equal(
            from cell in new (int, int?)[] { (0, 0), (0, 1), (2, 0), (2, 1), (2, 2), (2, 3) }
            from fold in Enumerable.Range(0, 4)
            select (
                1, fold, cell.Item1, cell.Item2),
            Plan.Runs.Skip(32).Take(24).Select(Cell));
    }

    /// <summary>2 seeds x 2 levels, of adversarial once and of cross-entropy for each of its 2 candidates.</summary>
    [Fact]
    public void Plan_AblationOfTunedVariants_IsOneRangePerFold()
    {
        Assert.Equal(56 + (4 * 12), Plan.Runs.Count);
        Assert.Equal(68..80, Plan.AblationRange(1));
        Assert.Equal(
            from cell in new (int, int?)[] { (1, null), (0, 0), (0, 1) }
            from seed in new[] { 0, 1 }
            from level in new int?[] { 0, 1 }
            select (
                seed, cell.Item1, cell.Item2, level),
            Plan.Runs.Take(68..80).Select(r => (r.Seed, r.Variant, r.Candidate, r.Level)));
    }

    [Fact]
    public void Plan_ReadAgain_IsCompleteAndNamesEveryTraining()
    {
        Plan read = CanonicalJson.Read<Plan>(CanonicalJson.Write(Plan), "plan.json");

        read.CheckComplete();
        Assert.Equal(104, read.Runs.Select(r => r.Run).Distinct().Count());
        Assert.Equal((1e-3, 30), Read(read.RunSpecOf(4)));

        static (double, int) Read(RunSpec run) => (run.Scheme.AdversaryOrNull!.Optimizer.LearningRate, run.Protocol.Steps);
    }

    [Fact]
    public void TuningRuns_OfTunedVariants_AreTheirFirstSeedsOnEveryFold()
    {
        PlannedRun[] runs = [.. Plan.TuningRuns()];
        Assert.Equal(4 * 6, runs.Length);
        Assert.All(runs, r => Assert.Equal((0, null), (r.Seed, r.Level)));
        Assert.DoesNotContain(runs, r => r.Variant == 1);
    }

    /// <summary>
    /// Both seeds tune: every cross-validation run of a tuned variant does, none is conditional, and the plan that is left is the same.
    /// </summary>
    [Fact]
    public void Plan_WithAsManyTuningSeedsAsSeeds_TunesOnEveryCrossValidationRun()
    {
        SweepSpec spec = SweepYaml.Read($"{TunedSweep.Yaml}\ntuningSeeds: 2\n", "tuned.yaml");
        Plan plan = Planner.Plan(spec, PresetTests.PlanInputsOf(spec));

        Assert.Equal(2 * 4 * 6, plan.TuningRuns().Count());
        Assert.Equal(Plan.Runs.Select(r => r.Run).Order(StringComparer.Ordinal), plan.Runs.Select(r => r.Run).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(RunState.Conditional, new SweepLedger(plan).States.Take(plan.CrossValidationRuns));
        Assert.Equal(
            CanonicalJson.Write(Plan.WithChosen(TunedSweep.Choose(crossEntropy: 1, hybrid: 2)) with { Sweep = "" }),
            CanonicalJson.Write(plan.WithChosen(TunedSweep.Choose(crossEntropy: 1, hybrid: 2)) with { Sweep = "" }));
    }

    /// <summary>What tuning has trained is what a sweep of the chosen settings trains, run for run.</summary>
    [Fact]
    public void WithChosen_AnyCandidates_IsThePlanOfTheirSettings()
    {
        SweepSpec chosen = TunedSweep.Spec with
        {
            Variants = [TunedSweep.Spec.Variants[0].With(1), TunedSweep.Spec.Variants[1], TunedSweep.Spec.Variants[2].With(2)],
        };
        Plan expected = Planner.Plan(chosen, PresetTests.PlanInputsOf(chosen));

        Plan left = Plan.WithChosen(TunedSweep.Choose(crossEntropy: 1, hybrid: 2));

        Assert.Equal(CanonicalJson.Write(expected), CanonicalJson.Write(left with { Sweep = expected.Sweep }));
        Assert.Subset(Plan.Runs.Select(r => r.Run).ToHashSet(), left.Runs.Select(r => r.Run).ToHashSet());
    }

    [Fact]
    public void WithChosen_PlanThatTunesNothing_IsThePlan()
    {
        SweepSpec smoke = Presets.Spec("smoke");
        Plan plan = Planner.Plan(smoke, PresetTests.PlanInputsOf(smoke));
        Assert.Same(plan, plan.WithChosen((Tuning?)null));
        Assert.DoesNotContain("candidate", System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(plan)), StringComparison.Ordinal);
        Assert.Empty(plan.TuningRuns());
    }

    /// <summary>
    /// Tuning: 2 x 4 runs of 20 steps, 4 x (20 + 30 + 20 + 30); seed 1: 4 x 20 and, as if 30 steps were chosen, 4 x 30; adversarial 8 x 20;
    /// ablation on one fold 4 + 4 of 20. D takes three steps for each of hybrid's 520 and adversarial's 240.
    /// </summary>
    [Fact]
    public void Summary_OfTunedVariants_CountsTuningOnceAndTheLongestCandidates()
    {
        PlanSummary summary = PresetTests.SummaryOf(TunedSweep.Spec, Plan);
        Assert.Equal((24, 24, 8), (summary.TuningRuns, summary.CrossValidationRuns, summary.SharedRuns));
        Assert.Equal((8, 48), (summary.AblationRuns, summary.ConditionalRuns));
        Assert.Equal((160 + 400 + 80 + 120 + 160 + 160, 3 * (520 + 240)), (summary.SegmentorSteps, summary.DiscriminatorSteps));
    }

    [Fact]
    public void Plan_CandidateThatIsAnotherVariant_IsRefused()
    {
        string yaml = TunedSweep.Yaml + "\n  - {name: slow, scheme: cross-entropy, learningRate: 2e-3, tune: none}\n";
        string error = Assert.Throws<SpecException>(() => SweepYaml.Read(yaml, "x")).Message;
        Assert.Contains("x:10:5: variant 'slow' is the same training as 'cross-entropy' (learningRate 0.002)", error, StringComparison.Ordinal);
    }

    private static (int Seed, int Fold, int Variant, int? Candidate) Cell(PlannedRun run) => (run.Seed, run.Fold, run.Variant, run.Candidate);
}

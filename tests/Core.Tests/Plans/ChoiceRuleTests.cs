using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests.Plans;

public sealed class ChoiceRuleTests
{
    private static readonly SweepSpec Spec = Presets.Spec("smoke") with { Seeds = [0, 1] };
    private static readonly Plan Plan = Planner.Plan(Spec, PresetTests.PlanInputsOf(Spec));

    /// <summary>DSC of variant v, fold f, seed s below; fold 2's mean over v and s is (0.5 + 0.75 + 1 + 0 + 0.25 + 0.5) / 6 = 0.5.</summary>
    [Fact]
    public void Decide_OneFoldBest_ChoosesItAndShowsEveryMean()
    {
        Choice choice = ChoiceRule.Decide(Plan, Scores(r => r.Fold == 2 ? (r.Seed == 0 ? 0.5 : 0) + (0.25 * r.Variant) : 0.25));
        Assert.Equal([2], choice.Folds);
        Assert.Equal([0.25, 0.25, 0.5, 0.25], choice.MeanDice);
        Assert.Contains("Fold 2", choice.Reason, StringComparison.Ordinal);
        Assert.Contains("fold 1: 0.250", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_Tie_TakesTheLowestIndex() =>
        Assert.Equal([1], ChoiceRule.Decide(Plan, Scores(r => r.Fold is 1 or 3 ? 0.5 : 0.25)).Folds);

    [Fact]
    public void Decide_BestFoldWithAnUncompletedRun_IsNotEligible()
    {
        Choice choice = ChoiceRule.Decide(Plan, Scores(r => r is { Fold: 3, Variant: 2, Seed: 1 } ? null : r.Fold * 0.25));
        Assert.Equal([2], choice.Folds);
        Assert.Equal([0, 0.25, 0.5, null], choice.MeanDice);
        Assert.Contains("fold 3: incomplete", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_NoFoldComplete_ChoosesNoneAndSaysWhy()
    {
        Choice choice = ChoiceRule.Decide(Plan, Scores(r => r.Variant == 1 ? null : 0.5));
        Assert.Empty(choice.Folds);
        Assert.All(choice.MeanDice, m => Assert.Null(m));
        Assert.Contains("No fold is eligible", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_AllFoldsAsked_ChoosesTheEligible()
    {
        Plan all = Plan with { Spec = Spec with { Ablation = Spec.Ablation! with { Folds = AblationFolds.All } } };
        Assert.Equal([0, 1, 2, 3], ChoiceRule.Decide(all, Scores(_ => 0.5)).Folds);
        Assert.Equal([0, 2, 3], ChoiceRule.Decide(all, Scores(r => r.Fold == 1 ? null : 0.5)).Folds);
    }

    /// <summary>
    /// Pooling per patient, then the mean: patient A 2*3/(2*3+1+1) = 0.75 over two slices, B 0.25; slices alone would give another value.
    /// </summary>
    [Fact]
    public void Decide_PatientsOfSeveralSlices_PoolsSlicesBeforeAveraging()
    {
        RunScores scores = Empty with
        {
            HeldOut =
            [
                new PatientScore("A", [Slice(0, 3, 0, 0), Slice(1, 0, 1, 1)]),
                new PatientScore("B", [Slice(0, 1, 3, 3)]),
                new PatientScore("C", [Slice(0, 0, 5, 0)]),
            ],
        };
        Assert.All(ChoiceRule.Decide(Plan, _ => scores).MeanDice, m => Assert.Equal(0.5, m!.Value, 1e-15));
    }

    [Fact]
    public void Decide_AblationScores_AreNeverLookedAt()
    {
        HashSet<string> asked = [];
        ChoiceRule.Decide(Plan, run =>
        {
            asked.Add(run);
            return Empty with { HeldOut = [Patient(0.5)] };
        });
        Assert.Equal(Plan.Runs.Take(Plan.CrossValidationRuns).Select(r => r.Run).ToHashSet(), asked);
    }

    private static RunScores Empty { get; } = new() { SelectedStep = 0, Selection = [], HeldOut = [] };

    private static Func<string, RunScores?> Scores(Func<PlannedRun, double?> dice)
    {
        Dictionary<string, PlannedRun> cells = Plan.Runs.ToDictionary(r => r.Run);
        return run => dice(cells[run]) is { } value ? Empty with { HeldOut = [Patient(value)] } : null;
    }

    /// <summary>One patient of the given DSC, a multiple of 1/4: 2a / (2a + b) with 2a + b = 8.</summary>
    private static PatientScore Patient(double dice) => new("A", [Slice(0, (long)(4 * dice), 8 - (2 * (long)(4 * dice)), dice == 0 ? 1 : 0)]);

    private static SliceScore Slice(int index, long hit, long tooMuch, long missed) =>
        new(index, new Confusion(hit, tooMuch, missed, 10), Confusion.Zero, Confusion.Zero, Confusion.Zero);
}

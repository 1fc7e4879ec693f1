using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests.Plans;

public sealed class TuningRuleTests
{
    private static readonly Plan Plan = TunedSweep.Plan;

    /// <summary>Cross-entropy: folds 0.25, 0.5, 0.75, 0.5 of candidate 1 are 0.5 in the mean, against 0.4375 of candidate 0.</summary>
    [Fact]
    public void Decide_HighestMeanOverFolds_IsChosenPerVariantWithItsEvidence()
    {
        Tuning tuning = Decide(r => r switch
        {
            { Variant: 0, Candidate: 1 } => new[] { 0.25, 0.5, 0.75, 0.5 }[r.Fold],
            { Variant: 0 } => r.Fold == 0 ? 1 : 0.25,
            _ => r.Candidate == 2 ? 0.5 : 0.25,
        });

        Assert.True(tuning.IsDecided);
        Assert.Equal([(0, "cross-entropy", 1), (2, "hybrid", (int?)2)], tuning.Variants.Select(v => (v.Variant, v.Name, v.Chosen)));
        Assert.Equal([0.25, 0.5, 0.75, 0.5], tuning.Variants[0].Candidates[1].Dice);
        Assert.Equal([0.4375, 0.5], tuning.Variants[0].Candidates.Select(c => c.MeanDice));
        Assert.Equal(
            "cross-entropy: learningRate 0.002: 0.500 is the highest mean tumour DSC on the selection folds (the others: learningRate 0.001: 0.438).",
            tuning.Variants[0].Reason);
        Assert.Equal("discriminatorLearningRate 0.0005, steps 20", tuning.Variants[1].Candidates[2].Settings);
        Assert.Equal((1, null), (tuning.ChosenOf(0), tuning.ChosenOf(1)));
    }

    [Fact]
    public void Decide_Tie_TakesTheFirstOfTheGrid()
    {
        Tuning tuning = Decide(r => r.Candidate is 1 or 3 ? 0.5 : r.Variant == 0 ? 0.5 : 0.25);
        Assert.Equal([0, 1], tuning.Variants.Select(v => v.Chosen));
        Assert.All(tuning.Variants, v => Assert.Contains("On a tie the first of the grid wins.", v.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void Decide_CandidateWithAnUncompletedRun_IsNotEligibleHoweverGood()
    {
        Tuning tuning = Decide(r => r is { Variant: 0, Candidate: 1 } ? r.Fold == 2 ? null : 1 : 0.25);
        Assert.Equal(0, tuning.ChosenOf(0));
        Assert.Equal([1, 1, null, 1], tuning.Variants[0].Candidates[1].Dice);
        Assert.Null(tuning.Variants[0].Candidates[1].MeanDice);
        Assert.Contains(
            "learningRate 0.002: incomplete). A candidate with an uncompleted run is not eligible.",
            tuning.Variants[0].Reason,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_NoCandidateComplete_ChoosesNoneAndSaysOfWhichVariant()
    {
        Tuning tuning = Decide(r => r.Variant == 0 && r.Fold == 1 ? null : 0.5);
        Assert.False(tuning.IsDecided);
        Assert.Equal([null, 0], tuning.Variants.Select(v => v.Chosen));
        Assert.StartsWith("No candidate of cross-entropy is eligible", tuning.Variants[0].Reason, StringComparison.Ordinal);
    }

    /// <summary>A fold on which the tumour DSC never left 0 counts as 0: 3 x 0.5 over 4 folds is 0.375.</summary>
    [Fact]
    public void Decide_CollapsedFolds_CountAsZeroAndAreNamed()
    {
        Tuning tuning = Decide(r => r is { Variant: 0, Candidate: 0 } ? r.Fold == 0 ? 0 : 0.5 : r.Variant == 0 ? 0.25 : 0);
        Assert.Equal((0, 0.375, 1), (tuning.ChosenOf(0), tuning.Variants[0].Candidates[0].MeanDice, tuning.Variants[0].Candidates[0].Collapsed));
        Assert.Contains("learningRate 0.001: 0.375, collapsed in 1 of 4 runs", tuning.Variants[0].Reason, StringComparison.Ordinal);
        Assert.Equal(0, tuning.ChosenOf(2));
        Assert.Contains("hybrid: every completed candidate collapsed, and the first of them,", tuning.Variants[1].Reason, StringComparison.Ordinal);
    }

    /// <summary>
    /// Seed 0 alone would choose candidate 0, which is 0.75 there and 0 with seed 1; over both seeds candidate 1 is ahead, 0.5 against
    /// 0.375.
    /// </summary>
    [Fact]
    public void Decide_WithTwoTuningSeeds_TakesTheMeanOverBoth()
    {
        SweepSpec spec = SweepYaml.Read($"{TunedSweep.Yaml}\ntuningSeeds: 2\n", "tuned.yaml");
        Plan plan = Planner.Plan(spec, PresetTests.PlanInputsOf(spec));
        Dictionary<string, PlannedRun> cells = plan.Runs.ToDictionary(r => r.Run);

        Tuning tuning = TuningRule.Decide(plan, run => Scores(cells[run] switch
        {
            { Variant: 0, Candidate: 0 } cell => cell.Seed == 0 ? 0.75 : 0,
            { Variant: 0 } => 0.5,
            _ => 0.25,
        }));

        Assert.Equal((1, 0), (tuning.ChosenOf(0), tuning.ChosenOf(2)));
        Assert.Equal([0.375, 0.375, 0.375, 0.375], tuning.Variants[0].Candidates[0].Dice);
        Assert.Contains("learningRate 0.001: 0.375, collapsed in 4 of 8 runs", tuning.Variants[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_RunsThatDoNotTune_AreNeverLookedAt()
    {
        HashSet<string> asked = [];
        TuningRule.Decide(Plan, run =>
        {
            asked.Add(run);
            return Scores(0.5);
        });
        Assert.Equal(Plan.TuningRuns().Select(r => r.Run).ToHashSet(), asked);
    }

    private static Tuning Decide(Func<PlannedRun, double?> dice)
    {
        Dictionary<string, PlannedRun> cells = Plan.Runs.ToDictionary(r => r.Run);
        return TuningRule.Decide(Plan, run => dice(cells[run]) is { } value ? Scores(value) : null);
    }

    /// <summary>The kept weights are those of the best evaluation; a worse last one does not count.</summary>
    private static RunScores Scores(double dice) => new() { SelectedStep = 10, Selection = [new(10, dice), new(20, dice / 2)], HeldOut = [] };
}

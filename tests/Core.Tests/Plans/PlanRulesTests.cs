using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;

namespace AdvSeg.Core.Tests.Plans;

/// <summary>A plan that was read is refused for each number that points at nothing.</summary>
public sealed class PlanRulesTests
{
    private static readonly Plan Whole = SmokePlan.Make();

    public static TheoryData<string, string> Broken { get; } = new()
    {
        { "more of the cross-validation than runs", "are of the cross-validation" },
        { "fewer than none of the cross-validation", "are of the cross-validation" },
        { "fold of another index", "numbers in fold 1" },
        { "fold without a level", "numbers in fold 1" },
        { "fold without a seed's order", "numbers in fold 1" },
        { "ablation from before the first", "numbers in fold 1" },
        { "ablation of fewer than none", "numbers in fold 1" },
        { "ablation beyond the last", "numbers in fold 1" },
        { "ablation from the end of numbers", "numbers in fold 1" },
        { "level of fewer than none", "numbers in fold 1" },
        { "level of more than there are", "numbers in fold 1" },
        { "order of fewer than there are", "numbers in fold 1" },
        { "run without an id", "numbers in run 2" },
        { "run of a variant before the first", "numbers in run 2" },
        { "run of a variant beyond the last", "numbers in run 2" },
        { "run of a fold beyond the last", "numbers in run 2" },
        { "run of a seed beyond the last", "numbers in run 2" },
        { "run of a level beyond the last", "numbers in run 2" },
        { "run of a candidate that nobody tunes", "numbers in run 2" },
        { "run twice", "names a run twice" },
    };

    [Fact]
    public void Plan_AsItWasMade_IsWhole()
    {
        FoldPlan fold = Whole.Folds[1];
        int[] edges = [0, fold.TrainPositive.Count, .. fold.LevelPositives.Skip(2)];

        Assert.Null(Problem(Whole));
        Assert.Null(Problem(Whole with { CrossValidationRuns = Whole.Runs.Count }));
        Assert.Null(Problem(Whole with { CrossValidationRuns = 0 }));
        Assert.Null(Problem(WithFold(fold with { LevelPositives = [.. edges.Take(fold.LevelPositives.Count)] })));
        Assert.Null(Problem(WithFold(fold with { AblationStart = 0, AblationCount = Whole.Runs.Count })));
        Assert.Null(Problem(WithFold(fold with { AblationCount = 0 })));
    }

    [Fact]
    public void Plan_OfAnotherSweep_IsRefusedWithIt() => Assert.Equal(
        $"is the plan of sweep {Whole.Sweep}", PlanRules.ProblemOf(Whole, new SweepId(new string('0', Whole.Sweep.Length))));

    [Theory]
    [MemberData(nameof(Broken))]
    public void Plan_ThatBreaksARule_IsRefusedWithIt(string how, string problem) => Assert.Contains(problem, Problem(Break(how)));

    private static string? Problem(Plan plan) => PlanRules.ProblemOf(plan, new SweepId(Whole.Sweep));

    private static Plan WithFold(FoldPlan fold) => Whole with { Folds = [Whole.Folds[0], fold, .. Whole.Folds.Skip(2)] };

    private static Plan WithRun(PlannedRun run) => Whole with { Runs = [.. Whole.Runs.Take(2), run, .. Whole.Runs.Skip(3)] };

    private static Plan Break(string how)
    {
        FoldPlan fold = Whole.Folds[1];
        PlannedRun run = Whole.Runs[2];
        int[] levels = [.. fold.LevelPositives.Skip(1)];
        return how switch
        {
            "more of the cross-validation than runs" => Whole with { CrossValidationRuns = Whole.Runs.Count + 1 },
            "fewer than none of the cross-validation" => Whole with { CrossValidationRuns = -1 },
            "fold of another index" => WithFold(fold with { Index = 0 }),
            "fold without a level" => WithFold(fold with { LevelPositives = levels }),
            "fold without a seed's order" => WithFold(fold with { SubsetOrders = [.. fold.SubsetOrders.Skip(1)] }),
            "ablation from before the first" => WithFold(fold with { AblationStart = -1 }),
            "ablation of fewer than none" => WithFold(fold with { AblationCount = -1 }),
            "ablation beyond the last" => WithFold(fold with { AblationStart = Whole.Runs.Count, AblationCount = 1 }),
            "ablation from the end of numbers" => WithFold(fold with { AblationStart = int.MaxValue, AblationCount = int.MaxValue }),
            "level of fewer than none" => WithFold(fold with { LevelPositives = [-1, .. levels] }),
            "level of more than there are" => WithFold(fold with { LevelPositives = [fold.TrainPositive.Count + 1, .. levels] }),
            "order of fewer than there are" =>
                WithFold(fold with { SubsetOrders = [[.. fold.SubsetOrders[0].Skip(1)], .. fold.SubsetOrders.Skip(1)] }),
            "run without an id" => WithRun(run with { Run = "run" }),
            "run of a variant before the first" => WithRun(run with { Variant = -1 }),
            "run of a variant beyond the last" => WithRun(run with { Variant = Whole.Spec.Variants.Count }),
            "run of a fold beyond the last" => WithRun(run with { Fold = Whole.Folds.Count }),
            "run of a seed beyond the last" => WithRun(run with { Seed = Whole.Spec.Seeds.Count }),
            "run of a level beyond the last" => WithRun(run with { Level = Whole.Spec.Ablation!.Levels.Count }),
            "run of a candidate that nobody tunes" => WithRun(run with { Candidate = 0 }),
            _ => WithRun(run with { Run = Whole.Runs[0].Run }),
        };
    }
}

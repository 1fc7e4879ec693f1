using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Tests;

/// <summary>Twelve networks of each variant over four folds and three seeds; those of variant 1 that fail mark nothing.</summary>
public sealed class FailureTests
{
    [Fact]
    public void Failure_IsJudgedByTheKeptWeights_AndNotByAnyCheckpoint()
    {
        // Kept at 0.049, at 0.05, and one that was 0 throughout: the review's runs had a checkpoint above 0.
        Dictionary<int, double> kept = new() { [0] = 0.049, [1] = 0.05, [2] = 0 };
        SweepScores scores = Scores(r => r.Variant == 1 && r.Seed == 0 && kept.TryGetValue(r.Fold, out double dice) ? dice : null);

        Table1 table = Table1.From(scores);
        FailureRow row = table.Failures.Single(f => f.Variant == "adversarial" && f.Cohort == ScoredOn.HeldOut);

        Assert.Equal((2, 12), (row.Failed.Count, row.Failed.Total));
        Assert.Single(scores.Collapsed);
        Assert.Equal(2, scores.Failed.Count);
        Assert.Equal([2, 0, 0], table.Rows.Single(r => (r.Variant, r.Cohort) == ("adversarial", ScoredOn.HeldOut)).Seeds.Select(s => s.Failed));
    }

    [Fact]
    public void Scores_HoldFailures_AndAreShownWithoutThemBeside()
    {
        SweepScores scores = Scores(r => r is { Variant: 1, Seed: 2, Fold: 3 } ? 0.01 : null);
        Table1 table = Table1.From(scores);

        FailureRow row = table.Failures.Single(f => f.Variant == "adversarial" && f.Cohort == ScoredOn.Evaluation);
        FailureRow baseline = table.Failures.Single(f => f.Variant == "cross-entropy" && f.Cohort == ScoredOn.Evaluation);

        Assert.Equal(table.Rows.Single(r => r.Variant == "adversarial" && r.Cohort == ScoredOn.Evaluation).PerPatient[Metric.Dice], row.All);
        Assert.Equal(row.All!.Mean * 12 / 11, row.Without!.Mean, 1e-12);
        Assert.True(row.DifferenceWithout!.Mean > row.Difference!.Mean);
        Assert.Null(baseline.Difference);
        Assert.Equal(baseline.All, baseline.Without);
        string markdown = Table1Text.Markdown(table, scores, []);
        Assert.Contains("| adversarial | 0.08 [0.00, 0.38] | 1 | 12 |", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Box_OfALevelWithAFailedRun_IsOfTheOthers()
    {
        SweepScores scores = Scores(r => r is { Variant: 1, Seed: 2, Fold: 1, Level: 0 } ? 0.01 : null);

        Distribution cell = Ablation.From(scores).Distributions.Single(
            d => d is { Variant: "adversarial", Level.Index: 0, Cohort: ScoredOn.Evaluation } && d.Metric == Metric.Dice);

        Assert.Equal(1, cell.Failed);
        Assert.Equal([0, 0, 1], cell.Seeds.Select(s => s.Failed));
        Assert.Equal(cell.Values.Average(v => v.Value) * 3 / 2, cell.Boxed.Average(v => v.Value), 1e-12);
    }

    /// <summary>A run of each side is missing, in different replicates: both means of the comparison are of what both have.</summary>
    [Fact]
    public void Difference_WithRunsMissing_IsThatOfTheTwoMeansBesideIt()
    {
        SweepScores whole = Scores(_ => null);
        string[] missing =
        [
            .. whole.Plan.Runs.Where(r => r is { Level: null, Variant: 0, Fold: 0, Seed: 0 } or { Level: null, Variant: 1, Fold: 2, Seed: 1 })
                .Select(r => r.Run),
        ];
        SweepScores scores = whole with { Completed = whole.Completed.Where(c => !missing.Contains(c.Key)).ToDictionary() };

        Comparison comparison = Table1.From(scores).Comparisons.Single(
            c => c.Variant == "adversarial" && c.Cohort == ScoredOn.Evaluation && c.Metric == Metric.Dice);

        Assert.Equal(10, comparison.Replicates);
        Assert.Equal(comparison.Mean!.Difference, comparison.VariantMean!.Value - comparison.BaselineMean!.Value, 1e-12);
    }

    private static SweepScores Scores(Func<PlannedRun, double?> kept)
    {
        Plan plan = SyntheticSweep.Plan();
        return SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: run =>
        {
            RunScores scores = SyntheticSweep.ScoresOf(plan, run);
            if (kept(run) is not { } dice)
            {
                return scores;
            }

            IReadOnlyList<PatientScore> Nothing(IReadOnlyList<PatientScore> patients) =>
                [.. patients.Select(p => SyntheticSweep.Patient(p.Patient, (0, 0, 50)))];
            return scores with
            {
                Selection = [new(50, dice / 2), new(650, dice)],
                HeldOut = Nothing(scores.HeldOut),
                Evaluation = Nothing(scores.Evaluation!),
            };
        });
    }
}

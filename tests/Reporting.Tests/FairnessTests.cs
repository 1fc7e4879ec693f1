using System.Text;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Tests;

/// <summary>Operating points, collapsed runs and what the tables say of the comparisons.</summary>
public sealed class FairnessTests
{
    private static readonly int[] Folds = [0, 1, 2];

    /// <summary>
    /// One patient with 10 expert and 90 other pixels. The argmax of the variant finds twice as much as the baseline's and marks four times
    /// as much falsely; at the baseline's rate of 2 in 90 its threshold 2 has exactly that, and 4 hits.
    /// </summary>
    private static SweepScores OneMarksMore()
    {
        Plan plan = SyntheticSweep.Plan(patients: 9, folds: 3, seeds: 1, evaluation: false, ablation: false);
        PatientScore Score(int found, int wrong, long[] hits, long[] alarms)
        {
            var tumour = new Confusion(found, wrong, 10 - found, 90 - wrong);
            return new("p000", [new SliceScore(0, tumour, tumour, Confusion.Zero, Confusion.Zero)]) { Curve = new(-1, 1, hits, alarms) };
        }

        Dictionary<int, PatientScore> byVariant = new() { [0] = Score(4, 2, [8, 4, 1], [20, 2, 0]), [1] = Score(8, 8, [10, 8, 4], [60, 8, 2]) };
        return new(plan, null, plan.Runs.Where(r => r is { Level: null, Fold: 0, Variant: < 2 }).ToDictionary(
            r => r.Run, r => new RunScores { SelectedStep = 50, Selection = [new(50, 0.5)], HeldOut = [byVariant[r.Variant]] }));
    }

    [Fact]
    public void MatchedSensitivity_OfAVariantThatOnlyMarksMore_IsThatOfTheBaseline()
    {
        Table1 table = Table1.From(OneMarksMore());

        Assert.Equal([0.4, 0.8], table.Rows.Take(2).Select(r => r.PerPatient[Metric.Sensitivity]!.Mean));
        Assert.Equal([0.4, 0.4], table.Rows.Take(2).Select(r => r.PerPatient[Metric.MatchedSensitivity]!.Mean));
        Assert.All(table.Rows.Take(2), r => Assert.Equal(2 / 90.0, r.RateToMatch!.Value, 1e-12));
        Assert.Null(table.Rows[2].PerPatient[Metric.MatchedSensitivity]);
        Assert.Null(table.Rows[0].PerSlice[Metric.MatchedSensitivity]);
    }

    /// <summary>At level 2 the baseline marks otherwise than at "all"; the rate follows the level.</summary>
    [Fact]
    public void MatchedSensitivity_AtAReducedLevel_UsesTheBaselinesRateThere()
    {
        Plan plan = SyntheticSweep.Plan();
        SweepScores scores = SyntheticSweep.Scores(plan, SyntheticSweep.Choice());
        Confusion[] baseline =
        [
            .. plan.Runs.Where(r => r is { Variant: 0, Fold: 1, Level: 2 })
                .SelectMany(r => SyntheticSweep.ScoresOf(plan, r).HeldOut).SelectMany(p => p.Slices).Select(s => s.Tumour),
        ];

        double Rate(int? level) => scores.Runs(1, [1], level).RateToMatch(ScoredOn.HeldOut)!.Value;

        double falsely = baseline.Sum(c => c.FalsePositive);
        Assert.Equal(falsely / (falsely + baseline.Sum(c => c.TrueNegative)), Rate(2), 1e-12);
        Assert.NotEqual(Rate(null), Rate(2));
    }

    [Fact]
    public void MatchedPairs_LeaveOutReplicatesStoredWithoutCurves()
    {
        Plan plan = SyntheticSweep.Plan(patients: 9, folds: 3, seeds: 2, evaluation: false, ablation: false);
        RunScores Scoring(PlannedRun run) =>
            run is { Variant: 0, Seed: 1 } ? SyntheticSweep.WithoutCurves(SyntheticSweep.ScoresOf(plan, run)) : SyntheticSweep.ScoresOf(plan, run);
        SweepScores scores = SyntheticSweep.Scores(plan, null, scoring: Scoring);
        (RunSet variant, RunSet baseline) = (scores.Runs(1, Folds, null), scores.Runs(0, Folds, null));

        Pairs pairs = RunSet.Pair(variant, baseline, ScoredOn.HeldOut, Metric.MatchedSensitivity);

        Assert.Equal(variant.OfSeed(0).PatientValues(ScoredOn.HeldOut, Metric.MatchedSensitivity).Select(v => v.Value), pairs.Variant);
        Assert.Equal(9, pairs.Count);
        Assert.NotEqual(pairs.Variant, variant.PatientValues(ScoredOn.HeldOut, Metric.MatchedSensitivity).Select(v => v.Value));
    }

    [Fact]
    public void Seeds_AreShownOneByOne_WithTheirCollapsedRuns()
    {
        Plan plan = SyntheticSweep.Plan(evaluation: false);
        RunScores Scoring(PlannedRun run) =>
            SyntheticSweep.ScoresOf(plan, run) with { Selection = [new(50, run is { Variant: 1, Seed: 2, Fold: < 2 } ? 0 : 0.4)] };
        SweepScores scores = SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: Scoring);

        Table1Row row = Table1.From(scores).Rows[1];

        Assert.Equal([1UL, 2, 3], row.Seeds.Select(s => s.Seed));
        Assert.Equal([0, 0, 2], row.Seeds.Select(s => s.Collapsed));
        Assert.Equal(row.PerPatient[Metric.Dice]!.Mean, row.Seeds.Average(s => s.Scores[Metric.Dice]!.Mean), 1e-12);
    }

    [Fact]
    public void Tables_SayWhatIsComparedAndHow_AndCsvLinesAreWhole()
    {
        SweepScores scores = SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice());
        Table1 table = Table1.From(scores);
        IReadOnlyList<SeedInference> inference = SeedInference.Of(scores);
        (string markdown, string latex) = (Table1Text.Markdown(table, scores, inference), Table1Text.Latex(table, scores, inference));
        string csv = Table1Numbers.Csv(table);
        string figure = AblationText.Csv(Ablation.From(scores));
        Look.At("fair", () => [new("table1.md", "", Encoding.UTF8.GetBytes(markdown)), new("table1.tex", "", Encoding.UTF8.GetBytes(latex)),
            new("table1.csv", "", Encoding.UTF8.GetBytes(csv)), new("fig3.csv", "", Encoding.UTF8.GetBytes(figure))]);

        Assert.All(new[] { markdown, latex }, text => Assert.All(
            ["p (Holm)", "rank-biserial", "at equal FPR", "Every seed", "in gland", "collapsed"], phrase =>
                Assert.Contains(phrase, text, StringComparison.Ordinal)));
        Assert.All(new[] { csv, figure }, text => Assert.Single(text.TrimEnd('\n').Split('\n').Select(l => l.Count(c => c == ',')).Distinct()));
        Assert.Equal(1 + (2 * 3 * (2 + 3)), csv.TrimEnd('\n').Split('\n').Length);
    }
}

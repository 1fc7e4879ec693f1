using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Tests;

/// <summary>
/// Every patient of a network has one sensitivity: the baseline 0.5, variant 1 as much more as its level and seed say. Sixteen positive training
/// patients, then 8, 4 and 2: a line over halvings.
/// </summary>
public sealed class GainTrendTests
{
    /// <summary>Slopes of the seeds [.10, .11, .12]: SciPy's ttest_1samp gives p = 0.00274349.</summary>
    [Theory]
    [InlineData(1, TrendVerdict.InFavour)]
    [InlineData(-1, TrendVerdict.Against)]
    public void Trend_OfSeedsThatAgree_IsTheLineThroughTheirGains(int sign, TrendVerdict verdict)
    {
        GainTrend trend = Sensitivity(Ablation.From(Scores((halvings, seed) => sign * halvings * (10 + seed))));

        Assert.Equal(sign * 0.11, trend.Slope.Value.Mean, 1e-12);
        Assert.Equal(sign * 0.33, trend.Contrast.Value.Mean, 1e-12);
        Assert.Equal(0.00274349, trend.Slope.Seeds!.PValue!.Value, 1e-6);
        Assert.Equal((3, 1, verdict), (trend.Replicates, trend.Family, trend.Verdict));
    }

    [Fact]
    public void Trend_OfSeedsThatContradictEachOther_IsNotShown() => Assert.Equal(
        TrendVerdict.NotShown, Sensitivity(Ablation.From(Scores((halvings, seed) => seed == 0 ? -halvings * 10 : halvings * 10))).Verdict);

    [Fact]
    public void Trend_BeforeEveryLevelIsThere_IsNotGiven()
    {
        SweepScores scores = Scores((halvings, _) => halvings);
        string[] last = [.. scores.Plan.Runs.Where(r => r.Level == 2).Select(r => r.Run)];

        Assert.Empty(Ablation.From(scores with { Completed = scores.Completed.Where(c => !last.Contains(c.Key)).ToDictionary() }).Trends);
    }

    [Fact]
    public void Csv_OfAnAblation_EndsWithItsTrends()
    {
        string[] csv = AblationText.Csv(Ablation.From(Scores((halvings, seed) => halvings * (10 + seed)))).TrimEnd('\n').Split('\n');

        Assert.Contains(csv, line => line.StartsWith("held-out,sensitivity,slope,,adversarial,", StringComparison.Ordinal));
        Assert.Contains(csv, line => line.StartsWith("held-out,sensitivity,contrast,,adversarial,", StringComparison.Ordinal));
        Assert.All(csv, line => Assert.Equal(csv[0].Count(c => c == ','), line.Count(c => c == ',')));
    }

    private static GainTrend Sensitivity(Ablation ablation) => ablation.Trends.Single(t => t.Metric == Metric.Sensitivity);

    /// <param name="percent">What variant 1 finds more than the baseline after so many halvings, with a seed: percent of a patient's pixels.</param>
    private static SweepScores Scores(Func<int, int, int> percent)
    {
        Plan plan = SyntheticSweep.Plan(evaluation: false);
        SweepScores scores = SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: run =>
        {
            int found = 100 + (run.Variant == 1 ? 2 * percent(run.Level is { } level ? level + 1 : 0, run.Seed) : 0);
            return new RunScores
            {
                SelectedStep = 50,
                Selection = [new(50, 0.5)],
                HeldOut = [.. plan.Folds[run.Fold].Test.Select(p => SyntheticSweep.Patient(p, (found, 0, 200 - found)))],
            };
        });
        return scores with { Completed = scores.Completed.Where(c => plan.Runs.First(r => r.Run == c.Key).Variant < 2).ToDictionary() };
    }
}

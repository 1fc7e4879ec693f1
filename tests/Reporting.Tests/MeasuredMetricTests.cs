using System.Text;
using System.Text.Json;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Tests;

/// <summary>A metric that is measured and stored, in every table: HD95 of patients whose scores are synthetic.</summary>
public sealed class MeasuredMetricTests
{
    private static readonly Plan Plan = SyntheticSweep.Plan(seeds: 2, evaluation: false);

    /// <summary>
    /// The seed-th mean of variant v is 10 + v + seed for every patient. Hybrid misses p000 altogether; runs of the second seed's fold 3 were
    /// scored before there was the metric.
    /// </summary>
    private static SweepScores Scores()
    {
        IReadOnlyList<MeasuredValue>? Measure(PlannedRun run, string patient) => run is { Seed: 1, Fold: 3 } ? null
            : [new("hd95", run.Variant == 2 && patient == "p000" ? null : 10 + run.Variant + run.Seed)];
        return SyntheticSweep.Scores(Plan, SyntheticSweep.Choice(), scoring: run =>
        {
            RunScores scores = SyntheticSweep.ScoresOf(Plan, run);
            return scores with { HeldOut = [.. scores.HeldOut.Select(p => p with { Values = Measure(run, p.Patient) })] };
        });
    }

    [Fact]
    public void Table1_OfAMeasuredMetric_AveragesWhatIsDefinedAndCountsTheRest()
    {
        Table1 table = Table1.From(Scores());

        // Eight patients a fold: 24 have both seeds, fold 3's have the first alone.
        Assert.Equal(((24 * 10.5) + (8 * 10)) / 32, table.Rows[0].PerPatient[Metric.Hd95]!.Mean, 1e-12);
        Assert.Equal([32, 32, 31], table.Rows.Select(r => r.PerPatient[Metric.Hd95]!.Count));
        Assert.All(table.Rows, r => Assert.Null(r.PerSlice[Metric.Hd95]));
        Assert.Equal(
            [new(Metric.Hd95, 64, 0, 8), new(Metric.Hd95, 64, 0, 8), new MetricGap(Metric.Hd95, 64, 2, 8)], table.Rows.Select(r => r.Gaps!.Single()));
        Comparison hybrid = table.Against(table.Rows[2], Metric.Hd95)!;
        Assert.Equal((31, 2.0), (hybrid.Test.Pairs, Math.Round(hybrid.Mean!.Difference, 12)));
    }

    [Fact]
    public void Tables_OfAMeasuredMetric_ShowItWithItsUnitAndWhatIsMissing()
    {
        SweepScores scores = Scores();
        Table1 table = Table1.From(scores);
        (string markdown, string latex, string csv) = (
            Table1Text.Markdown(table, scores, SeedInference.Of(scores)),
            Table1Text.Latex(table, scores, SeedInference.Of(scores)),
            Table1Numbers.Csv(table));
        Look.At(
            "measured", () =>
            [
                new("table1.md", "", Encoding.UTF8.GetBytes(markdown)),
                new("table1.tex", "", Encoding.UTF8.GetBytes(latex)),
                new("table1.csv", "", Encoding.UTF8.GetBytes(csv)),
            ]);

        Assert.Contains("| specificity | in gland | HD95 [mm] | false alarms |", markdown, StringComparison.Ordinal);
        Assert.Matches(@"\| hybrid \| HD95 \| \d+ \| 31 \| 0 \| [0-9.]+ \| [0-9.]+ \| \+2\.0 \[\+2\.0, \+2\.0\] \|", markdown);
        Assert.Contains(
            "HD95 [mm] (held-out folds, patients of single runs): undefined for hybrid 2 of 64; scored before it was measured: cross-entropy 8 of "
                + "64, adversarial 8 of 64, hybrid 8 of 64.",
            markdown, StringComparison.Ordinal);
        Assert.Contains("lower is better", latex, StringComparison.Ordinal);
        Assert.Contains("gland_specificity_std,hd95_n,hd95_mean,hd95_std,dice_seed_std", csv, StringComparison.Ordinal);
        Assert.Single(csv.TrimEnd('\n').Split('\n').Select(line => line.Count(c => c == ',')).Distinct());
    }

    [Fact]
    public void Summary_OfAMeasuredMetric_HasItBehindTheOthers()
    {
        SweepScores scores = Scores();
        Table1 table = Table1.From(scores);

        string row = Encoding.UTF8.GetString(CanonicalJson.Write(table.Rows[2].PerPatient));
        JsonElement json = JsonDocument.Parse(CanonicalJson.Write(table)).RootElement;

        Assert.Equal(
            ["dice", "sensitivity", "specificity", "glandSpecificity", "matchedSensitivity", "hd95"],
            JsonDocument.Parse(row).RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(2, json.GetProperty("rows")[2].GetProperty("gaps")[0].GetProperty("undefined").GetInt32());
        Assert.Contains(json.GetProperty("comparisons").EnumerateArray(), c => c.GetProperty("metric").GetString() == "hd95");
        Assert.False(json.TryGetProperty("metrics", out _));
    }

    /// <summary>A sweep of before: no column, no test, no note, and the figure has none in any case.</summary>
    [Fact]
    public void Report_OfScoresWithoutMeasuredMetrics_DoesNotNameThem()
    {
        SweepScores before = SyntheticSweep.Scores(Plan, SyntheticSweep.Choice());
        Table1 table = Table1.From(before);

        Assert.DoesNotContain("HD95", Table1Text.Markdown(table, before, SeedInference.Of(before)), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("hd95", Encoding.UTF8.GetString(CanonicalJson.Write(table)), StringComparison.Ordinal);
        Assert.DoesNotContain(Ablation.From(Scores()).Distributions, d => d.Metric == Metric.Hd95);
        SweepComparison comparison = SweepComparison.Of(Scores(), Scores(), ("hybrid", "cross-entropy"), mixedNumerics: false);
        Assert.Contains(
            comparison.Variants[0].Metrics,
            m => m is { First: { } first, Second: { } second } && m.Comparison.Metric == Metric.Hd95 && first > second);
    }
}

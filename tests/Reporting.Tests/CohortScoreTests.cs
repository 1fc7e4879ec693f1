using System.Text;
using System.Text.Json;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tests;

/// <summary>Lesions, patients and calibration of networks whose findings are made up.</summary>
public sealed class CohortScoreTests
{
    private static readonly Plan Plan = SyntheticSweep.Plan(seeds: 2);

    /// <summary>
    /// Every second evaluation patient has one lesion. A network of variant v finds it in the first 4 + 4 v patients of ten at a logit that
    /// falls with the patient, and calls a false alarm in every patient whose number is a multiple of 5 at logit 0.
    /// </summary>
    internal static SweepScores Scores(Plan? plan = null, Func<PlannedRun, bool>? without = null)
    {
        plan ??= Plan;
        return SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: run =>
        {
            RunScores scores = SyntheticSweep.ScoresOf(plan, run);
            return without?.Invoke(run) ?? false ? scores : scores with
            {
                HeldOut = [.. scores.HeldOut.Select((p, i) => p with { Findings = Of(run, i, 1) })],
                Evaluation = [.. scores.Evaluation!.Select((p, i) => p with
                {
                    Findings = Of(run, i, i % 2),
                    Values = [new("false-lesions", i % 2 == 1 ? null : run.Variant + 1.5), new("cleared", i % 2 == 1 ? null : 0)],
                })],
            };
        });
    }

    private static PatientFindings Of(PlannedRun run, int patient, int lesions)
    {
        double[] hits = lesions == 1 && patient % 10 < 4 + (4 * run.Variant) ? [3 - (0.01 * patient) + (0.001 * run.Seed)] : [];
        double[] alarms = patient % 5 == 0 ? [0] : [];
        var pixels = new long[10];
        var tumour = new long[10];
        var sums = new double[10];
        (pixels[9], tumour[9], sums[9]) = (100, 80 - (10 * run.Variant), 95);
        (pixels[0], sums[0]) = (900, 9);
        return new()
        {
            Lesions = lesions,
            Hits = hits,
            FalseAlarms = alarms,
            Suspicion = hits.Length > 0 ? hits[0] : alarms.Length > 0 ? 0 : null,
            Reliability = new(pixels, tumour, sums),
        };
    }

    [Fact]
    public void Scores_OfNetworks_AreTheMeansOfEach()
    {
        IReadOnlyList<CohortScore> scores = CohortScore.Of(Scores());

        CohortScore Of(string variant, CohortMetricDefinition metric) =>
            scores.Single(s => s.Variant == variant && s.Metric == metric && s.Cohort == ScoredOn.Evaluation);
        Assert.Equal((8, 40), (Of("adversarial", CohortMetric.Auroc).Networks, Of("adversarial", CohortMetric.Auroc).Patients));
        // 0.1 of the pixels are 0.15 too sure, 0.9 of them 0.01.
        Assert.Equal(0.024, Of("cross-entropy", CohortMetric.CalibrationError).Value.Mean, 1e-12);
        Assert.Equal(0.01, Of("adversarial", CohortMetric.CalibrationError).Difference!.Mean, 1e-12);
        Assert.Equal(0.4, Of("cross-entropy", CohortMetric.LesionSensitivity).Value.Mean, 1e-12);
        Assert.Equal(0.4, Of("adversarial", CohortMetric.LesionSensitivity).Difference!.Mean, 1e-12);
        Assert.Null(Of("cross-entropy", CohortMetric.Auroc).Difference);
        double auroc = new CohortFindings([.. Enumerable.Range(0, 40).Select(i => CohortScoreTests.Of(Plan.Runs[0], i, i % 2))])
            .Auroc([.. Enumerable.Repeat(1, 40)])!.Value;
        Assert.Equal(auroc, Of("cross-entropy", CohortMetric.Auroc).Value.Mean, 1e-12);
        Assert.True(Of("cross-entropy", CohortMetric.Auroc).Value.Interval is { } band && band.Low < auroc && auroc < band.High);
        // Held-out folds have patients with tumour alone.
        Assert.DoesNotContain(scores, s => s.Cohort == ScoredOn.HeldOut && s.Metric == CohortMetric.Auroc);
        Assert.Contains(scores, s => s.Cohort == ScoredOn.HeldOut && s.Metric == CohortMetric.AveragePrecision);
    }

    /// <summary>A network without findings is left out, on both sides of a difference.</summary>
    [Fact]
    public void Scores_WithoutSomeFindings_AreOfTheNetworksThatHaveThem()
    {
        IReadOnlyList<CohortScore> scores = CohortScore.Of(Scores(without: run => run is { Variant: 0, Seed: 0 }));

        CohortScore adversarial = scores.Single(s =>
            s.Variant == "adversarial" && s.Metric == CohortMetric.LesionSensitivity && s.Cohort == ScoredOn.Evaluation);
        Assert.Equal((8, 1), (adversarial.Networks, adversarial.Seeds!.Count));
        Assert.Equal(4, adversarial.Paired!.Replicates);
        Assert.Equal((0.8, 0.4), (Math.Round(adversarial.Paired.Own, 12), Math.Round(adversarial.Paired.Baseline, 12)));
        Assert.Equal(0.4, adversarial.Difference!.Mean, 1e-12);
        Assert.Equal(4, scores.First(s => s.Variant == "cross-entropy").Networks);
        Assert.Empty(CohortScore.Of(Scores(without: _ => true)));
    }

    [Fact]
    public void Report_OfFindings_HasThemInItsTablesAndFiles()
    {
        SweepScores scores = Scores();
        SweepReport report = SweepReport.Of(Plan, null, SyntheticSweep.Choice(), scores.Completed);
        Look.At("detection", () => report.Files());

        (string markdown, string csv) = (Encoding.UTF8.GetString(report.Table1Markdown()), Encoding.UTF8.GetString(report.DetectionCsv()));

        Assert.Contains("## Lesions, patients and calibration", markdown, StringComparison.Ordinal);
        Assert.Contains("| adversarial | ECE in gland | 8 | 40 | 0.034 [", markdown, StringComparison.Ordinal);
        Assert.Contains("## Zones, surfaces and lesion-free patients", markdown, StringComparison.Ordinal);
        Assert.Contains("| hybrid | patient | 3.50 ± 0.00 | 0.000 ± 0.000 |", markdown, StringComparison.Ordinal);
        Assert.Single(csv.TrimEnd('\n').Split('\n').Select(line => line.Count(c => c == ',')).Distinct());
        JsonElement summary = JsonDocument.Parse(report.SummaryJson()).RootElement;
        Assert.Contains(summary.GetProperty("detection").EnumerateArray(), s => s.GetProperty("metric").GetString() == "auroc");
        Assert.Contains("detection.csv", report.Files().Select(f => f.Name));
        // Held-out folds have no patient without tumour: nothing is compared there.
        Assert.Equal(
            [ScoredOn.Evaluation],
            report.Table1.Comparisons.Where(c => c.Metric == Metric.FalseLesions).Select(c => c.Cohort).Distinct());
    }

    /// <summary>
    /// 40 patients, 20 lesions, 8 false alarms at logit 0 below all hits, in the even patients: at an eighth of an alarm per patient hits alone are
    /// there, and all of them are.
    /// </summary>
    [Fact]
    public void Figures_OfFindings_DrawWhatTheNetworksFind()
    {
        SweepScores scores = Scores();

        IReadOnlyList<FrocCurve> froc = FrocCurve.Of(scores);
        IReadOnlyList<ReliabilityCurve> reliability = ReliabilityCurve.Of(scores);

        Assert.Equal([0.4, 0.8, 1.0], froc.Select(c => Math.Round(c.Points[0].Sensitivity, 12)));
        Assert.All(froc[0].Points, p => Assert.Equal(0.4, p.Sensitivity, 1e-12));
        Assert.Equal(FrocCurve.Ticks, froc[0].Points.Where(p => p.IsTick).Select(p => Math.Round(p.FalseAlarms, 12)));
        Assert.All(froc[0].Points, p => Assert.Equal(p.IsTick, p.Band is not null));
        ReliabilityBin last = reliability[1].Bins[9];
        Assert.Equal((0.1, 0.95, 0.7), (Math.Round(last.Share, 12), Math.Round(last.Probability, 12), Math.Round(last.Tumour, 12)));
        Assert.Equal(0.9, reliability[1].Bins[0].Share, 1e-12);
        Assert.Empty(FrocCurve.Of(Scores(without: _ => true)));
    }

    /// <summary>The seeds of the figure are those of the test, and its patients those of Table 1.</summary>
    [Fact]
    public void Spread_OfSeedsAndPatients_IsThatOfTheTests()
    {
        SweepScores scores = Scores();

        DifferenceSpread spread = DifferenceSpread.Of(scores)[0];

        SeedInference inference = SeedInference.Of(scores).Single(i =>
            i.Variant == "adversarial" && i.Metric == Metric.Dice && i.Cohort == ScoredOn.Evaluation);
        Assert.Equal(inference.Seeds!.Mean, spread.Seeds.Average(), 1e-12);
        Comparison comparison = Table1.From(scores).Comparisons.First(c => c.Metric == Metric.Dice && c.Cohort == ScoredOn.Evaluation);
        Assert.Equal((40, 2), (spread.Patients.Count, spread.Seeds.Count));
        Assert.Equal(comparison.Mean!.Difference, spread.Patients.Average(), 1e-12);
        Assert.Empty(DifferenceSpread.Of(Scores(SyntheticSweep.Plan(seeds: 1))));
    }
}

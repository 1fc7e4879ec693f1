using System.Globalization;
using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Html;

/// <summary>The answer in sentences, whose words come from the tests over seeds alone.</summary>
internal static class Conclusions
{
    /// <summary>The sensitivities, beside a metric of lesion-free patients: a network that marks nothing is best at such a metric.</summary>
    private static string Beside(SeedInference inference, Table1 table)
    {
        string Of(string variant) => table.Rows.FirstOrDefault(r => r.Cohort == inference.Cohort && r.Variant == variant)
            ?.PerPatient[Metric.Sensitivity] is { } found ? $"{variant} {Metric.Sensitivity.Text(found.Mean)}" : $"{variant} n/a";
        return inference.Metric.NeedsNone
            ? $" A network that marks nothing is best at that: sensitivity there is {Of(inference.Variant)}, {Of(table.Baseline)}."
            : "";
    }

    public static IEnumerable<string> Sentences(
        SweepScores scores, Table1 table, Ablation ablation, IReadOnlyList<SeedInference> inference)
    {
        ScoredOn main = scores.Cohorts[0];
        string baseline = scores.Spec.Baseline;
        if (inference.Count == 0)
        {
            yield return "With one seed, or before runs of two variants are there, nothing is said of schemes; Table 1 compares the networks that "
                + "were trained.";
        }

        SeedInference[] told = [.. inference.Where(i => i.Alpha is not null)];
        told = told.Length > 0 ? told : [.. inference.Where(i => i.Metric == Metric.Dice && i.Cohort == main)];
        foreach (SeedInference i in told)
        {
            yield return $"{i.Variant} against {baseline}, {i.Metric.Title}{(i.Alpha is null ? " (exploratory)" : " (primary endpoint)")}: "
                + $"{i.Verdict.Word()}"
                + $"{(i.IsEquivalent ? ", equivalent within the margin" : "")}; difference {InferenceText.Difference(i)} over networks and "
                + $"patients, p {Table1Text.P(i.HolmPValue)} over {i.Seeds?.Count ?? 0} seeds"
                + (i.Detectable is { } detectable
                    ? string.Create(
                        CultureInfo.InvariantCulture, $", which in one test at {i.TestAlpha} find differences from {i.Metric.Text(detectable)}.")
                    : ".")
                + Beside(i, table);
        }

        foreach (GainTrend trend in ablation.Trends.Where(t => t.Metric == Metric.Dice && t.Cohort == main))
        {
            yield return $"{trend.Variant} with fewer training patients: its difference {TrendText.Word(trend.Verdict)}; each halving adds "
                + $"{TrendText.Value(trend.Slope, trend.Metric)} DSC, p {Table1Text.P(trend.HolmPValue)} over seeds.";
        }

        foreach (LearningCurve curve in ablation.Curves.Where(c => c.Cohort == main))
        {
            if (CurveText.Sentences(curve, baseline) is { } said)
            {
                yield return $"{said} ({CurveText.Goodness(curve)}).";
            }
        }

        foreach (FailureRow row in table.Failures.Where(f => f.Cohort == main && f.Failed.Total > 0))
        {
            yield return $"{row.Failed.Count} of {row.Failed.Total} networks of {row.Variant} failed, a rate of {FailureText.Rate(row.Failed)}.";
        }
    }
}

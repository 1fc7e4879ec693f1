using System.Text;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>Table 1 with everything, in full precision.</summary>
internal static class Table1Numbers
{
    internal static readonly string[] Fields =
        ["pairs", "zeros", "w", "p", "p_holm", "family", "effect", "method", "difference", "difference_low", "difference_high", "test_note",
            "replicates", "paired_mean", "paired_baseline_mean"];

    /// <summary>
    /// RFC 4180 with a header line; absent numbers are empty fields. Per cohort and variant: a line per slice, one per patient with the
    /// comparison, and one per patient for each seed by itself.
    /// </summary>
    public static string Csv(Table1 table)
    {
        StringBuilder text = new();
        Csv line = new(text);
        MetricDefinition[] compared = [.. table.Comparisons.Select(c => c.Metric).Distinct()];
        line.Row(["cohort", "variant", "unit", "seed", "completed", "planned",
            .. table.AllMetrics.SelectMany(m => new[] { $"{m.Column}_n", $"{m.Column}_mean", $"{m.Column}_std" }),
            "dice_seed_std", "matched_rate", "false_alarm_slices", "false_alarm_rate", "collapsed", "failed", "failed_low", "failed_high",
            .. compared.SelectMany(m => Fields.Select(f => $"{m.Column}_{f}"))]);
        foreach (Table1Row row in table.Rows)
        {
            Proportion? failures = table.Failures.FirstOrDefault(f => f.Variant == row.Variant && f.Cohort == row.Cohort)?.Failed;
            line.Row([Key(row.Cohort), row.Variant, "slice", null, row.Completed, row.Planned, .. Numbers(table, row.PerSlice),
                null, null, row.FalseAlarms?.Count, row.FalseAlarms?.Mean, null, null, null, null, .. compared.SelectMany(_ => Test(null))]);
            line.Row([Key(row.Cohort), row.Variant, "patient", null, row.Completed, row.Planned, .. Numbers(table, row.PerPatient),
                row.SeedDeviation, row.RateToMatch, null, null, row.Seeds.Sum(s => s.Collapsed),
                failures?.Count, failures?.Interval?.Low, failures?.Interval?.High, .. compared.SelectMany(
                    m => Test(table.Against(row, m)))]);
            foreach (SeedScore seed in row.Seeds)
            {
                line.Row([Key(row.Cohort), row.Variant, "patient", seed.Seed, seed.Completed, seed.Planned, .. Numbers(table, seed.Scores),
                    null, null, null, null, seed.Collapsed, seed.Failed, null, null, .. compared.SelectMany(_ => Test(null))]);
            }
        }

        return text.ToString();
    }

    /// <summary>The values of <see cref="Fields"/>.</summary>
    internal static IEnumerable<object?> Test(Comparison? comparison)
    {
        (WilcoxonResult? test, PairedResult? mean) = (comparison?.Test, comparison?.Mean);
        return [test?.Pairs, test?.Zeros, test?.Statistic, test?.PValue, comparison?.HolmPValue, comparison?.Family, test?.Effect,
            test?.Method?.ToString().ToLowerInvariant(), mean?.Difference, mean?.DifferenceBand?.Low, mean?.DifferenceBand?.High, test?.Reason,
            comparison?.Replicates, comparison?.VariantMean, comparison?.BaselineMean];
    }

    internal static string Key(ScoredOn cohort) => cohort == ScoredOn.HeldOut ? "held-out" : "evaluation";

    private static IEnumerable<object?> Numbers(Table1 table, ScoreSummary summary) =>
        table.AllMetrics.SelectMany(m => new object?[] { summary[m]?.Count, summary[m]?.Mean, summary[m]?.Deviation });
}

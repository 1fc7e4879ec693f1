using System.Text;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>The numbers of the ablation figure.</summary>
internal static class AblationText
{
    private static readonly string[] SeedFields =
        ["seeds", "seed_difference", "seed_difference_low", "seed_difference_high", "seed_p", "seed_p_holm",
            "network_low", "network_high", "failed"];

    /// <summary>
    /// One line per cohort, metric, level and variant: quartiles of its patients, and for all but the baseline the gains with their bands,
    /// as fractions, and the test; then a line with the median and the gain in it for each seed by itself. At the end for each cohort, metric
    /// and variant the trend: "slope", what each halving of the training patients adds to the difference, and "contrast", the difference at the
    /// fewest minus that at all of them.
    /// </summary>
    public static string Csv(Ablation ablation)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "metric", "level", "positives", "variant", "seed", "completed", "planned", "patients", "mean",
            "q1", "median", "q3", "median_difference",
            "median_gain", "mean_gain", "mean_gain_low", "mean_gain_high", "note", .. Table1Numbers.Fields, .. SeedFields]);
        foreach (Distribution cell in ablation.Distributions)
        {
            object?[] where =
            [
                Table1Numbers.Key(cell.Cohort),
                cell.Metric.Column,
                cell.Level.Index is null ? "all" : cell.Level.Index,
                string.Join(' ', cell.Level.Positives),
                cell.Variant,
            ];
            double[] values = [.. cell.Values.Select(v => v.Value)];
            double? At(double probability) => values.Length == 0 ? null : Descriptive.Quantile(values, probability);
            GainPoint? gain = ablation.Gains.FirstOrDefault(
                g => g.Cohort == cell.Cohort && g.Metric == cell.Metric && g.Level.Index == cell.Level.Index && g.Variant == cell.Variant);
            line.Row([.. where, null, cell.Completed, cell.Planned, values.Length,
                values.Length == 0 ? null : Descriptive.Mean(values), At(0.25), At(0.5), At(0.75),
                gain?.Median - gain?.BaselineMedian, gain?.MedianGain, gain?.Mean?.Gain, gain?.Mean?.GainBand?.Low, gain?.Mean?.GainBand?.High,
                gain?.Note, .. Table1Numbers.Test(gain?.Comparison), .. Seeds(gain), cell.Failed]);
            foreach (SeedMedian seed in cell.Seeds)
            {
                line.Row(
                    [
                        .. where,
                        seed.Seed,
                        null,
                        null,
                        null,
                        null,
                        null,
                        seed.Median,
                        null,
                        null,
                        seed.Gain,
                        null,
                        null,
                        null,
                        null,
                        .. Table1Numbers.Test(null),
                        .. Seeds(null),
                        seed.Failed,
                    ]);
            }
        }

        foreach (GainTrend trend in ablation.Trends)
        {
            TrendRow(line, trend, "slope", trend.Slope, trend.HolmPValue);
            TrendRow(line, trend, "contrast", trend.Contrast, null);
        }

        return text.ToString();
    }

    private static void TrendRow(Csv line, GainTrend trend, string level, TrendValue value, double? corrected)
    {
        object?[] test = new object?[Table1Numbers.Fields.Length];
        object? Field(string name) => name switch
        {
            "difference" => value.Value.Mean,
            "difference_low" => value.Value.Interval?.Low,
            "difference_high" => value.Value.Interval?.High,
            "replicates" => trend.Replicates,
            "test_note" => value.Value.Reason ?? value.Seeds?.Reason,
            _ => null,
        };
        for (int i = 0; i < test.Length; i++)
        {
            test[i] = Field(Table1Numbers.Fields[i]);
        }

        MeanTest? seeds = value.Seeds;
        line.Row([Table1Numbers.Key(trend.Cohort), trend.Metric.Column, level, null, trend.Variant, null, null, null, trend.Patients,
            .. new object?[10], .. test,
            seeds?.Count, seeds?.Mean, seeds?.Interval?.Low, seeds?.Interval?.High, seeds?.PValue, corrected, null, null, null]);
    }

    /// <summary>The values of <see cref="SeedFields"/>.</summary>
    private static IEnumerable<object?> Seeds(GainPoint? gain)
    {
        MeanTest? seeds = gain?.Seeds;
        return [seeds?.Count, seeds?.Mean, seeds?.Interval?.Low, seeds?.Interval?.High, seeds?.PValue, gain?.SeedHolmPValue,
            gain?.Networks?.Interval?.Low, gain?.Networks?.Interval?.High];
    }
}

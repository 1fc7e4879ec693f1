using System.Text;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting;

/// <summary>The numbers of the ablation figure.</summary>
internal static class AblationText
{
    /// <summary>
    /// One line per cohort, metric, level and variant: quartiles of its patients, and for all but the baseline the gains with their bands,
    /// as fractions.
    /// </summary>
    public static string Csv(Ablation ablation)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "metric", "level", "positives", "variant", "completed", "planned", "patients", "mean", "q1", "median", "q3", "pairs", "median_difference",
            "median_gain", "mean_difference", "mean_difference_low", "mean_difference_high", "mean_gain", "mean_gain_low", "mean_gain_high", "note"]);
        foreach (Distribution cell in ablation.Distributions)
        {
            double[] values = [.. cell.Values.Select(v => v.Value)];
            double? At(double probability) => values.Length == 0 ? null : Descriptive.Quantile(values, probability);
            GainPoint? gain = ablation.Gains.FirstOrDefault(
                g => g.Cohort == cell.Cohort && g.Metric == cell.Metric && g.Level.Index == cell.Level.Index && g.Variant == cell.Variant);
            line.Row([Table1Text.Key(cell.Cohort), Table1Text.Key(cell.Metric), cell.Level.Index is null ? "all" : cell.Level.Index, string.Join(' ', cell.Level.Positives),
                cell.Variant, cell.Completed, cell.Planned, values.Length, values.Length == 0 ? null : Descriptive.Mean(values), At(0.25), At(0.5), At(0.75),
                gain?.Patients, gain?.Median - gain?.BaselineMedian, gain?.MedianGain, gain?.Mean?.Difference, gain?.Mean?.DifferenceBand?.Low, gain?.Mean?.DifferenceBand?.High,
                gain?.Mean?.Gain, gain?.Mean?.GainBand?.Low, gain?.Mean?.GainBand?.High, gain?.Note]);
        }

        return text.ToString();
    }
}

using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Figures;

/// <summary>The caption of Fig. 3: what is drawn, how it is tested and what is missing, as text beside the figure.</summary>
internal static class AblationCaption
{
    /// <summary>The metrics that have a column: those of counts always, those of curves and measurements once a run has them.</summary>
    public static IEnumerable<MetricDefinition> ColumnsOf(Ablation ablation) => Metric.All.Where(
        m => m.IsInFigure && (m.OfCounts is not null || ablation.Distributions.Any(d => d.Metric == m && d.Values.Count > 0)));

    public static string Text(SweepScores scores, Ablation ablation) => string.Join(" ", Sentences(scores, ablation)) + "\n";

    private static IEnumerable<string> Sentences(SweepScores scores, Ablation ablation)
    {
        bool seeds = scores.ReportedSeeds.Count > 1;
        yield return "Training on fewer positive patients. Upper panels, boxes: median and quartiles over patients, whiskers within 1.5 "
            + "interquartile "
            + "ranges, the variant's marker at the median; each point is a patient (all its slices pooled, mean over networks that did not fail).";
        yield return $"Lower panels: gain over {scores.Spec.Baseline}, paired by patient, in the median (thick) and in the mean (thin, open "
            + $"markers) with "
            + (seeds
                ? "its 95 % interval over networks and patients (difference over the baseline's mean)."
                : "its 95 % t interval over patients (Fieller), which describes these trained networks and leaves out retraining.")
            + " Levels share their patients.";
        if (seeds)
        {
            yield return "Dashes: every seed by itself (upper panels its median, lower panels its gain in median), which shows what retraining "
                + "moves; a "
                + "cross where a network of it failed, which gains and intervals hold and boxes do not.";
        }
        else if (ablation.Distributions.Any(d => d.Failed > 0))
        {
            yield return "A cross beside the place of a box: the median with a network that failed, which gains hold and boxes do not.";
        }

        yield return (seeds ? "* t test of the seeds' differences of means" : "* Wilcoxon signed-rank test over patients, of these networks")
            + $", p < {Verdicts.Alpha} after Holm's correction over the levels and variants of a panel.";
        foreach (GainTrend trend in ablation.Trends.Where(t => t.Metric == Metric.Dice))
        {
            yield return $"Trend of {trend.Variant}'s difference in DSC ({(trend.Cohort == ScoredOn.Evaluation ? "evaluation" : "held-out")}): each "
                + $"halving of the training patients adds {TrendText.Value(trend.Slope, trend.Metric)}, fewest minus all "
                + $"{TrendText.Value(trend.Contrast, trend.Metric)}.";
        }

        yield return "An arrow stands for an interval or seed that lies beyond its axis and is complete in fig3.csv.";
        foreach (MetricDefinition metric in ColumnsOf(ablation).Where(m => m.Note is not null))
        {
            yield return $"{metric.Heading}: {metric.Note}";
        }

        if (ColumnsOf(ablation).Any(m => m.AtThreshold is not null))
        {
            yield return $"At equal FPR: every run's threshold is set to the false-positive rate that {scores.Spec.Baseline} has at the same level.";
        }

        foreach (var noted in ablation.Gains.Where(IsNoted).GroupBy(g => g.Note!))
        {
            yield return NoteOf(noted.Key, [.. noted]);
        }

        foreach (string line in Provenance.Lines(scores))
        {
            yield return line;
        }
    }

    /// <summary>Whether the caption gives the reason for a gap: while runs are missing it explains itself.</summary>
    internal static bool IsNoted(GainPoint point) => point.Note is not null && (point.Mean is not null || point.Completed == point.Planned);

    /// <summary>One sentence for a reason, wherever it holds: most hold for all levels or metrics of a cohort alike.</summary>
    private static string NoteOf(string note, IReadOnlyList<GainPoint> points)
    {
        IEnumerable<string> places =
            from point in points
            group point by (point.Cohort, point.Metric) into panel
            let levels = string.Join(", ", panel.Select(p => p.Level.Label).Distinct())
            group panel.Key.Metric.Title by (panel.Key.Cohort, levels) into panels
            let cohort = panels.Key.Cohort == ScoredOn.Evaluation ? "evaluation" : "held-out"
            select $"{string.Join(", ", panels)} with {panels.Key.levels} positives ({cohort})";
        return $"\u2020 {char.ToUpperInvariant(note[0])}{note[1..]}: {string.Join("; ", places)}.";
    }
}

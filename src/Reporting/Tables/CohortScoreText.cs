using System.Globalization;
using System.Text;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>Lesions, patients and calibration, as a block of Table 1 and in full precision.</summary>
internal static class CohortScoreText
{
    private const string Minus = "\u2212";

    internal static readonly string[] Headers =
        ["variant", "metric", "networks", "patients", "value", "difference", "of replicates", "seeds", "p (seeds)", "p (Holm)"];

    internal static IReadOnlyList<string> Row(CohortScore score) =>
    [
        score.Variant, score.Metric.Title, $"{score.Networks}", $"{score.Patients}", WithBand(score.Value, "0.000"),
        score.Difference is { } difference ? WithBand(difference, $"+0.000;{Minus}0.000;0.000") : "",
        score.Paired is { } paired ? $"{paired.Replicates}: {Mean(paired.Own)} against {Mean(paired.Baseline)}" : "",
        score.Difference is null ? "" : $"{score.Seeds?.Count ?? 0}",
        score.Difference is null ? "" : Table1Text.P(score.Seeds?.PValue),
        score.Difference is null ? "" : Table1Text.P(score.HolmPValue),
    ];

    internal static string Note(IReadOnlyList<CohortScore> scores) =>
        "Lesions, patients and calibration: each network on the whole cohort (a fold's network on its held-out patients), mean over networks "
            + "with the 95 % interval over networks and patients as over seeds, cut where the measure ends; "
            + "exploratory. A difference is of the replicates that both have, whose number and two means stand beside it. "
            + "Lesion candidates come from the tumour probability by PI-CAI's dynamic rule (Bosma et al. 2023): more than 10 voxels joined by "
            + "faces, edges or corners with at least 1 / 2.5 of their highest probability, at most 5; one finds a lesion where "
            + "intersection is at least a tenth of union (Saha et al. 2024). "
            + "Of cohorts whose patients with tumour have selected slices these are of the slices, not of examinations. "
            + string.Join(" ", CohortMetric.All.Where(m => scores.Any(s => s.Metric == m)).Select(m => $"{Heading(m)}: {m.Note}"))
            + (scores.Any(s => s.Metric == CohortMetric.CalibrationError) ? ""
                : " Calibration is not measured: the cohort has no class of the gland besides tumour.");

    /// <summary>RFC 4180 with a header line; absent numbers are empty fields.</summary>
    internal static string Csv(IReadOnlyList<CohortScore> scores)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "variant", "metric", "networks", "patients", "value", "standard_error", "low", "high", "difference",
            "difference_error", "difference_low", "difference_high", "replicates", "paired_value", "paired_baseline",
            "seeds", "seed_difference", "seed_p", "seed_p_holm", "note"]);
        foreach (CohortScore s in scores)
        {
            line.Row([Table1Numbers.Key(s.Cohort), s.Variant, s.Metric.Key, s.Networks, s.Patients,
                s.Value.Mean, s.Value.Error, s.Value.Interval?.Low, s.Value.Interval?.High,
                s.Difference?.Mean, s.Difference?.Error, s.Difference?.Interval?.Low, s.Difference?.Interval?.High,
                s.Paired?.Replicates, s.Paired?.Own, s.Paired?.Baseline,
                s.Seeds?.Count, s.Seeds?.Mean, s.Seeds?.PValue, s.HolmPValue, s.Value.Reason ?? s.Seeds?.Reason]);
        }

        return text.ToString();
    }

    /// <summary>The points of Fig. 5.</summary>
    internal static string Csv(IReadOnlyList<FrocCurve> curves)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "variant", "false_alarms_per_patient", "sensitivity", "low", "high"]);
        foreach ((FrocCurve curve, FrocPoint point) in curves.SelectMany(c => c.Points.Select(p => (c, p))))
        {
            line.Row([Table1Numbers.Key(curve.Cohort), curve.Variant, point.FalseAlarms, point.Sensitivity, point.Band?.Low, point.Band?.High]);
        }

        return text.ToString();
    }

    /// <summary>The points of Fig. 6.</summary>
    internal static string Csv(IReadOnlyList<ReliabilityCurve> curves)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "variant", "bin", "share", "probability", "tumour"]);
        foreach ((ReliabilityCurve curve, int bin, ReliabilityBin found) in curves.SelectMany(c => c.Bins.Select((b, i) => (c, i, b))))
        {
            line.Row([Table1Numbers.Key(curve.Cohort), curve.Variant, bin, found.Share, found.Probability, found.Tumour]);
        }

        return text.ToString();
    }

    private static string Mean(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Heading(CohortMetricDefinition metric) => char.ToUpperInvariant(metric.Title[0]) + metric.Title[1..];

    private static string WithBand(TwoWayResult value, string format)
    {
        string Text(double number) => number.ToString(format, CultureInfo.InvariantCulture);
        return Text(value.Mean) + (value.Interval is { } band ? $" [{Text(band.Low)}, {Text(band.High)}]" : "");
    }
}

using AdvSeg.Core.Runs;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>What is measured of the tumour class (docs: scoring definitions).</summary>
public enum Metric
{
    /// <summary>DSC; only slices and patients with expert tumour enter, an empty prediction scores 0.</summary>
    Dice,

    /// <summary>TP / (TP + FN); only slices and patients with expert tumour enter.</summary>
    Sensitivity,

    /// <summary>TN / (TN + FP) over the whole field, of every slice and patient.</summary>
    Specificity,

    /// <summary>The same over the pixels of the expert's gland only, so that the easy background does not dilute it.</summary>
    GlandSpecificity,

    /// <summary>
    /// Sensitivity where each run's threshold gives it the false-positive rate of the baseline's argmax prediction on the same patients at
    /// the same level: a variant that only marks more does not gain by it. Per patient.
    /// </summary>
    MatchedSensitivity,
}

/// <summary>Which patients a score is of.</summary>
public enum ScoredOn
{
    /// <summary>The fold that the run neither trained nor selected on.</summary>
    HeldOut,

    /// <summary>The separate evaluation cohort, scored by every run.</summary>
    Evaluation,
}

internal static class Metrics
{
    public static double? Of(this Metric metric, Confusion tumour, Confusion tumourInGland) => metric switch
    {
        Metric.Dice => tumour.Dice,
        Metric.Sensitivity => tumour.Sensitivity,
        Metric.Specificity => tumour.Specificity,
        Metric.GlandSpecificity => tumourInGland.Specificity,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "A matched sensitivity is of a set of runs, not of one prediction."),
    };

    public static double? Of(this Metric metric, PatientScore patient) => metric.Of(patient.Tumour, patient.TumourInGland);

    public static double? Of(this Metric metric, SliceScore slice) => metric.Of(slice.Tumour, slice.TumourInGland);

    public static string Title(this Metric metric) => metric switch
    {
        Metric.Dice => "DSC",
        Metric.Sensitivity => "Sensitivity",
        Metric.Specificity => "Specificity",
        Metric.GlandSpecificity => "Specificity in gland",
        _ => "Sensitivity at equal FPR",
    };

    public static string Title(this ScoredOn scored) => scored == ScoredOn.Evaluation ? "Evaluation cohort" : "Held-out fold";

    /// <summary>The patients that a run scored; none when the sweep has no evaluation cohort.</summary>
    public static IReadOnlyList<PatientScore> On(this RunScores scores, ScoredOn scored) =>
        scored == ScoredOn.HeldOut ? scores.HeldOut : scores.Evaluation ?? [];
}

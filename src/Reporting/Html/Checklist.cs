using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Html;

/// <summary>
/// What reporting guidelines ask (CLAIM, Tejani et al. 2024; Metrics Reloaded, Maier-Hein et al. 2024), answered from the sweep; what it cannot
/// answer is left to the author and says so.
/// </summary>
internal static class Checklist
{
    private const string Author = "the author's to say";

    public static readonly string[] Headers = ["asked by", "item", "answer"];

    public static IEnumerable<IReadOnlyList<string>> Rows(SweepScores scores, Table1 table, IReadOnlyList<CohortScore> cohorts)
    {
        SweepSpec spec = scores.Spec;
        string tuned = scores.Submitted.IsTuned() ? "a grid per variant on the selection folds; every candidate is listed" : "fixed before training";
        return
        [
            ["CLAIM", "study design", $"{spec.Folds}-fold cross-validation by patient, comparison of {spec.Variants.Count} ways to train one "
                + $"network"],
            ["CLAIM", "data sources", spec.Cohort is PhantomCohort ? "synthetic" : $"cohort {scores.Plan.CohortDigest}"],
            ["CLAIM", "inclusion, demographics, acquisition", spec.Cohort is PhantomCohort ? "none: synthetic" : Author],
            ["CLAIM", "reference standard", spec.Cohort is PhantomCohort ? "known by construction" : Author],
            ["CLAIM", "partitions", $"disjoint patients; splits {string.Join(", ", scores.Plan.Folds.Select(f => f.SplitDigest[..12]))}"],
            ["CLAIM", "sample size", scores.ReportedSeeds.Count > 1 ? "smallest detectable difference in the block over seeds" : "one seed: none"],
            ["CLAIM", "model and initialisation", "U-Net, uniform weights drawn from the seed; see Methods"],
            ["CLAIM", "training and hyperparameters", tuned],
            ["CLAIM", "choice of the final model", "highest tumour DSC on the selection fold"],
            ["CLAIM", "statistical measures and uncertainty", scores.ReportedSeeds.Count > 1
                ? "seeds and patients as samples, intervals, Holm's correction; see the notes under Table 1"
                : "patients as samples, intervals, Holm's correction; see the notes under Table 1"],
            ["CLAIM", "failure analysis", $"{scores.Failed.Count} failed networks, named, with rates and intervals"],
            ["CLAIM", "external validation", spec.EvaluationCohort is null or PhantomCohort ? "none" : Author],
            ["CLAIM", "registration", $"specification {Digest.OfJson(scores.Submitted)}, stored before the first run"],
            ["CLAIM", "availability", "every run by its digest; equal machines give equal bits"],
            ["Metrics Reloaded", "overlap", "DSC and sensitivity per patient, all slices pooled"],
            ["Metrics Reloaded", "boundary", table.Metrics.Contains(Metric.Hd95) ? "HD95 and ASSD in mm" : "not measured"],
            ["Metrics Reloaded", "detection", Of(CohortMetric.AveragePrecision, CohortMetric.LesionSensitivity, CohortMetric.Auroc) is { } found
                ? $"lesion candidates by PI-CAI's rule: {found}" : "not measured"],
            ["Metrics Reloaded", "calibration", Of(CohortMetric.CalibrationError) ?? "not measured"],
            ["Metrics Reloaded", "undefined values", "counted and left out, with the side that this favours"],
            ["Metrics Reloaded", "aggregation", "patients, each by its mean over networks"],
            ["Metrics Reloaded", "ranking", "none: comparisons with one baseline"],
            ["Metrics Reloaded", "clinical relevance of the difference", spec.Endpoint?.Margin is { } margin ? $"margin {margin}, given "
                + $"before" : Author],
        ];

        string? Of(params CohortMetricDefinition[] metrics)
        {
            string[] measured = [.. metrics.Where(m => cohorts.Any(score => score.Metric == m)).Select(m => m.Title)];
            return measured.Length == 0 ? null : string.Join(", ", measured);
        }
    }
}

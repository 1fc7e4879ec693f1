using System.Globalization;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Html;

/// <summary>
/// What reporting guidelines ask (CLAIM, Tejani et al. 2024; Metrics Reloaded, Maier-Hein et al. 2024), answered from the sweep. Nothing is claimed
/// without data, and what a sweep cannot know is marked as the author's to say.
/// </summary>
internal static class Checklist
{
    private const string Author = "the author's to say";
    private const string NotMeasured = "not measured";

    public static readonly string[] Headers = ["asked by", "item", "answer"];

    public static IEnumerable<IReadOnlyList<string>> Rows(
        SweepScores scores, Table1 table, IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore> cohorts) =>
        [.. Claim(scores, table, inference).Select(Row("CLAIM")), .. Metrics(scores, table, cohorts).Select(Row("Metrics Reloaded"))];

    private static Func<(string Item, string Answer), IReadOnlyList<string>> Row(string guideline) =>
        row => [guideline, row.Item, row.Answer];

    private static IEnumerable<(string Item, string Answer)> Claim(SweepScores scores, Table1 table, IReadOnlyList<SeedInference> inference)
    {
        SweepSpec spec = scores.Spec;
        bool isSynthetic = spec.Cohort is PhantomCohort && spec.EvaluationCohort is null or PhantomCohort;
        string registered = $"specification {Digest.OfJson(scores.Submitted)}, stored before the first run";
        yield return ("title, abstract, background, funding", Author);
        yield return ("hypothesis", spec.Endpoint is { } endpoint
            ? $"{endpoint.Metric} on the {Kebab.Of(endpoint.Cohort)} patients against {spec.Baseline}, two-sided"
            : "none was named: exploratory");
        yield return ("study design", $"{spec.Folds}-fold cross-validation by patient of {spec.Variants.Count} variants on the same folds");
        yield return ("data sources", Sources(scores));
        yield return ("inclusion, demographics, acquisition, de-identification", isSynthetic ? "none: synthetic" : Author);
        yield return ("reference standard and its annotators", isSynthetic ? Truth(spec) : Author);
        yield return ("missing data", Missing(scores));
        yield return ("partitions", $"by patient, {(spec.Splits is null ? $"dealt from split seed {spec.SplitSeed}" : "given")}; splits "
            + string.Join(", ", scores.Plan.Folds.Select(f => f.SplitDigest[..12])));
        yield return ("sample size", inference.Count(i => i.Detectable is not null) is > 0 and var told
            ? $"{scores.ReportedSeeds.Count} seeds; the smallest detectable difference stands beside {told} of {inference.Count} comparisons over "
                + "seeds"
            : "no detectable difference is known: fewer than two seeds have all folds");
        yield return ("model", string.Join("; ", spec.Variants.Select(v => $"{v.Segmentor.Width} wide, {v.Segmentor.Levels} levels").Distinct())
            + " (U-Net); see Methods");
        yield return ("software", $"trainer {scores.Plan.Trainer}, revision {scores.Plan.TrainerRevision}, {scores.Plan.Numerics}");
        yield return ("training and hyperparameters", scores.Submitted.IsTuned()
            ? "a grid per tuned variant on the selection folds, every candidate listed; reported seeds "
                + (scores.ReportsTuningSeeds ? "are among those that chose" : "are not those that chose")
            : "fixed before training; see Methods");
        yield return ("choice of the final model", $"highest tumour DSC on the selection fold, {Looks(spec)}");
        yield return ("ensembling", "none: every score is of a single network");
        yield return ("statistical measures and uncertainty", Statistics(table, inference));
        yield return ("robustness", spec.Ablation is { } ablation
            ? $"{ablation.Levels.Count + 1} training sizes, {Seeds(scores)}" : $"one training size, {Seeds(scores)}");
        yield return ("failure analysis", scores.Completed.Count == 0 ? "no run is completed" : $"{scores.Failed.Count} of "
            + $"{scores.Plan.Runs.Count(r => scores.IsReported(r) && scores.Completed.ContainsKey(r.Run))} networks failed (tumour DSC below "
            + $"{scores.FailureBelow.ToString(CultureInfo.InvariantCulture)} on the selection fold)");
        yield return ("external validation", spec.EvaluationCohort is null ? "none" : isSynthetic ? "none: another phantom"
            : spec.EvaluationCohort is PhantomCohort ? "none: a phantom" : Author);
        yield return ("registration", spec.Endpoint is null ? $"{registered}; it names no primary endpoint" : registered);
        yield return ("availability", $"runs by their digests, {scores.Completed.Count} completed; data and code: {(isSynthetic ? "rendered by the "
            + "software from its settings" : Author)}");
    }

    private static IEnumerable<(string Item, string Answer)> Metrics(SweepScores scores, Table1 table, IReadOnlyList<CohortScore> cohorts)
    {
        yield return ("overlap", Scored(table, Metric.Dice, Metric.Sensitivity));
        yield return ("boundary", Scored(table, Metric.Hd95, Metric.Assd));
        yield return ("per structure", Scored(table, Metric.PeripheralDice, Metric.TransitionDice));
        yield return ("patients without target", Scored(table, Metric.FalseLesions, Metric.Cleared));
        yield return ("detection", Measured(cohorts, CohortMetric.AveragePrecision, CohortMetric.LesionSensitivity) is { } found
            ? $"{found}; candidates by PI-CAI's rule" : NotMeasured);
        yield return ("discrimination of patients", Measured(cohorts, CohortMetric.Auroc) ?? NotMeasured);
        yield return ("calibration", Measured(cohorts, CohortMetric.CalibrationError) ?? NotMeasured);
        yield return ("undefined values", Undefined(table));
        yield return ("aggregation", scores.ReportedSeeds.Count > 1 ? "patients, each by its mean over networks; seeds beside them" : "patients");
        yield return ("ranking", $"none: {scores.Spec.Variants.Count - 1} variants, each against {scores.Spec.Baseline}");
        yield return ("clinical relevance of the difference", scores.Spec.Endpoint?.Margin is { } margin
            ? $"margin {margin.ToString(CultureInfo.InvariantCulture)}, given before the first run" : Author);
    }

    private static string Sources(SweepScores scores)
    {
        string cohort = $"{Kind(scores.Spec.Cohort)} {scores.Plan.CohortDigest[..12]}, {scores.Plan.Folds.Sum(f => f.Test.Count)} patients with "
            + "tumour";
        return scores.Plan.EvaluationCohortDigest is { } evaluation
            ? $"{cohort}; evaluated on {Kind(scores.Spec.EvaluationCohort!)} {evaluation[..12]} too"
            : cohort;
    }

    private static string Kind(CohortSource source) => source is PhantomCohort ? "phantom" : "cohort";

    private static string Truth(SweepSpec spec) => spec.Cohort is PhantomCohort { LabelNoise: { } noise }
        ? $"known by construction, outlines displaced at label noise {noise.ToString(CultureInfo.InvariantCulture)}"
        : "known by construction, outlines displaced at the usual label noise";

    private static string Missing(SweepScores scores)
    {
        PlannedRun[] wanted = [.. scores.Plan.Runs.Where(r => r.Level is null || scores.AblationFolds.Contains(r.Fold))];
        int missing = wanted.Count(r => !scores.Completed.ContainsKey(r.Run));
        return missing == 0
            ? $"none of {wanted.Length} runs"
            : $"{missing} of {wanted.Length} runs; comparisons are over the replicates that both have";
    }

    private static string Looks(SweepSpec spec) => string.Join(
        ", ", spec.Variants.Select(v => $"looked at {v.Protocol.Steps / v.Protocol.EvaluateEvery} times").Distinct());

    private static string Seeds(SweepScores scores) => scores.ReportedSeeds.Count == 1 ? "one seed" : $"{scores.ReportedSeeds.Count} seeds";

    private static string Statistics(Table1 table, IReadOnlyList<SeedInference> inference)
    {
        int patients = table.Comparisons.Count(c => c.HolmPValue is not null);
        int seeds = inference.Count(i => i.HolmPValue is not null);
        return (patients, seeds) switch
        {
            (0, 0) => "no test could be computed yet",
            (_, 0) => $"{patients} tests over patients of these networks, Holm's correction, 95 % intervals; none over seeds",
            _ => $"{seeds} tests over seeds and {patients} over patients of these networks, Holm's correction, 95 % intervals",
        };
    }

    private static string Scored(Table1 table, params MetricDefinition[] metrics)
    {
        string[] scored = [.. metrics.Where(m => table.Rows.Any(r => r.PerPatient[m] is not null)).Select(m => m.Heading)];
        return scored.Length == 0 ? NotMeasured : $"{string.Join(", ", scored)}, per patient";
    }

    private static string? Measured(IReadOnlyList<CohortScore> cohorts, params CohortMetricDefinition[] metrics)
    {
        string[] measured = [.. metrics.Where(m => cohorts.Any(score => score.Metric == m)).Select(m => m.Title)];
        return measured.Length == 0 ? null : string.Join(", ", measured);
    }

    private static string Undefined(Table1 table)
    {
        MetricGap[] gaps = [.. table.Rows.SelectMany(r => r.Gaps ?? []).Where(g => g.Undefined > 0)];
        return gaps.Length == 0
            ? "none among measured metrics"
            : $"left out and counted under Table 1: {string.Join(", ", gaps.Select(g => g.Metric.Heading).Distinct())}";
    }
}

using System.Globalization;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Html;

/// <summary>What was done, in sentences with every setting of the sweep.</summary>
internal static class Methods
{
    public static IEnumerable<string> Sentences(SweepScores scores)
    {
        (SweepSpec spec, Plan plan) = (scores.Spec, scores.Plan);
        yield return $"Patients: {Source(spec.Cohort)}; "
            + $"{(spec.EvaluationCohort is { } evaluation ? $"evaluated on {Source(evaluation)} too" : "no separate evaluation cohort")}.";
        (string folds, string dealt) = spec.Splits is null
            ? ($"split seed {spec.SplitSeed}", ", stratified by tumour slices")
            : ("folds that the sweep was given", "");
        yield return $"Design: {spec.Folds}-fold cross-validation by patient ({folds}; one fold is held out, the next selects "
            + $"the weights, the rest train){dealt}; {spec.Seeds.Count} "
            + $"seed{(spec.Seeds.Count == 1 ? "" : "s")} for initial weights, batches and subsets, of which {scores.ReportedSeeds.Count} reported.";
        foreach (VariantSpec variant in spec.Variants)
        {
            yield return Variant(variant);
        }

        if (scores.Submitted.IsTuned())
        {
            IEnumerable<VariantSpec> tuned = scores.Submitted.Variants.Where(v => v.Tune is not null);
            string grids = string.Join(", ", tuned.Select(v => $"{v.Tune!.Candidates.Count} ({v.Name})"));
            yield return $"Settings were chosen per tuned variant among {grids} candidates by tumour DSC on the selection folds over "
                + $"{scores.Submitted.TuningSeeds ?? 1} seed(s).";
        }

        if (spec.Ablation is { } ablation)
        {
            yield return $"Training sizes: all positive patients and shares of {string.Join(", ", ablation.Levels.Select(Number))}, on "
                + (ablation.Folds == AblationFolds.All ? "every fold" : "the fold on which the variants did best together")
                + $", for {string.Join(", ", ablation.Variants)}; smaller sets are subsets of larger ones, and variants share them.";
        }

        yield return $"Computed with {plan.Numerics} by trainer {plan.Trainer}, revision {plan.TrainerRevision}.";
    }

    private static string Variant(VariantSpec variant)
    {
        TrainingProtocol protocol = variant.Protocol;
        AdamSpec s = variant.Scheme.Optimizer;
        string adversary = variant.Scheme.AdversaryOrNull is { } d
            ? $", {d.StepsPerSegmentorStep} steps of D for each of S, D by Adam at {Number(d.Optimizer.LearningRate)}"
            : "";
        return $"{variant.Name}: scheme {variant.Scheme.Kind}, S by Adam at {Number(s.LearningRate)} (betas {Number(s.Beta1)}, "
            + $"{Number(s.Beta2)}){adversary}; {protocol.Steps} steps of {protocol.BatchSize} slices cropped to {protocol.CropSize} pixels, "
            + $"{Number(100 * protocol.PositiveShare)} % from patients with tumour, rotated by up to "
            + $"{Number(protocol.Augmentation.RotationRadians * 180 / Math.PI)} degrees, shifted by up to "
            + $"{Number(protocol.Augmentation.ShiftPixels)} pixels{(protocol.Augmentation.Mirror ? ", mirrored" : "")}; weights kept by tumour "
            + $"DSC on the selection fold, looked at every {protocol.EvaluateEvery} steps; U-Net of width {variant.Segmentor.Width} and "
            + $"{variant.Segmentor.Levels} levels.";
    }

    private static string Source(CohortSource source) => source switch
    {
        PhantomCohort p => $"a synthetic phantom of {p.Aggressive} patients with tumour and {p.LesionFree} without (seed {p.Seed}, {p.Size} pixels"
            + $"{(p.Difficulty.Length == 0 ? "" : $", {p.Difficulty}")})",
        StoredCohort stored => $"cohort {stored.CohortDigest}",
        FolderCohort folder => $"cohort folder {folder.Path}",
        _ => source.ToString()!,
    };

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}

using System.Globalization;
using AdvSeg.Core.Identity;
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
        string[] trainings = [.. spec.Variants.Select(Training).Distinct()];
        foreach (VariantSpec variant in spec.Variants)
        {
            yield return trainings.Length == 1 ? $"{Scheme(variant)}." : $"{Scheme(variant)}; {Training(variant)}.";
        }

        if (trainings is [var shared])
        {
            yield return $"Every variant: {shared}.";
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

        yield return (scores.ReportedSeeds.Count > 1
                ? "Statistics: t test of the seeds' differences from the baseline with Holm's correction over the variants; intervals of "
                    + "differences by t from a pigeonhole bootstrap of networks and patients"
                : "Statistics: signed-rank test over patients with Holm's correction over the variants; t intervals over patients")
            + "; a network has failed below a tumour DSC of "
            + $"{Number(scores.FailureBelow)} on the selection fold"
            + (spec.Endpoint is { } endpoint
                ? $"; primary endpoint {endpoint.Metric} on the {Kebab.Of(endpoint.Cohort)} patients, alpha {Number(endpoint.Alpha)}"
                    + (endpoint.Margin is { } margin ? $", margin {Number(margin)} for two one-sided tests." : ".")
                : "; no primary endpoint.");
        yield return $"Computed with {plan.Numerics} by trainer {plan.Trainer}, revision {plan.TrainerRevision}.";
    }

    private static string Scheme(VariantSpec variant)
    {
        string adversary = variant.Scheme.AdversaryOrNull is { } d
            ? $", {d.StepsPerSegmentorStep} steps of D for each of S, D {Adam(d.Optimizer)}, {Network(d.Network)}"
            : "";
        string loss = string.Join(" + ", variant.Scheme.Loss.Select(l => (l.Weight == 1 ? "" : $"{Number(l.Weight)} x ") + Kebab.Of(l.Term)));
        return $"{variant.Name}: scheme {variant.Scheme.Kind} (S minimises {loss}), S {Adam(variant.Scheme.Optimizer)}{adversary}";
    }

    private static string Adam(AdamSpec adam) =>
        $"by Adam at {Number(adam.LearningRate)} (betas {Number(adam.Beta1)}, {Number(adam.Beta2)}; "
            + (adam.HalveEvery == 0 ? "a fixed rate)" : $"halved every {adam.HalveEvery} steps)");

    private static string Training(VariantSpec variant)
    {
        TrainingProtocol protocol = variant.Protocol;
        return $"{protocol.Steps} steps of {protocol.BatchSize} slices cropped to {protocol.CropSize} pixels, "
            + $"{Number(100 * protocol.PositiveShare)} % from patients with tumour, rotated by up to "
            + $"{Number(protocol.Augmentation.RotationRadians * 180 / Math.PI)} degrees, shifted by up to "
            + $"{Number(protocol.Augmentation.ShiftPixels)} pixels{(protocol.Augmentation.Mirror ? ", mirrored" : "")}; weights kept by tumour "
            + $"DSC on the selection fold, looked at every {protocol.EvaluateEvery} steps; {Network(variant.Segmentor)}";
    }

    private static string Network(SegmentorSpec s) =>
        $"U-Net of width {s.Width} and {s.Levels} levels with {s.ConvolutionsPerLevel} convolution{(s.ConvolutionsPerLevel == 1 ? "" : "s")} each, "
            + $"down by {Kebab.Of(s.Downsampling)}, up by {Kebab.Of(s.Upsampling)}, leaky ReLU (slope {Number(s.LeakySlope)}) and in the decoder "
            + $"{Kebab.Of(s.DecoderActivation)}, InstanceNorm on all convolutions{(s.NormalizeFirst ? "" : " but the first")}";

    private static string Network(DiscriminatorSpec d) =>
        $"a convolution each of {string.Join(", ", d.Channels)} channels, the first of stride {d.FirstStride}, leaky ReLU (slope "
            + $"{Number(d.LeakySlope)}), {(d.Norm == DiscriminatorNorm.None ? "no InstanceNorm" : "InstanceNorm on those between first and last")}";

    private static string Source(CohortSource source) => source switch
    {
        PhantomCohort p => $"a synthetic phantom of {p.Aggressive} patients with tumour and {p.LesionFree} without (seed {p.Seed}, {p.Size} pixels"
            + $"{(p.Difficulty.Length == 0 ? "" : $", {p.Difficulty}")})",
        StoredCohort stored => $"cohort {stored.CohortDigest}",
        FolderCohort folder => $"cohort folder {folder.Path}",
        _ => throw new InvalidOperationException($"no sentence says what cohort a {source.GetType().Name} is"),
    };

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}

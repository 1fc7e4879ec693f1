using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

/// <summary>A small question over a cohort of names: three folds, two variants, two levels; 6 cross-validation and 4 ablation runs.</summary>
internal static class TestSweep
{
    public static readonly CohortManifest Cohort = NamedCohort.Of(
        [
            .. Enumerable.Range(1, 12).Select(i => NamedCohort.Patient($"A{i:D3}", tumourSlices: 2)),
            .. Enumerable.Range(1, 6).Select(i => NamedCohort.Patient($"F{i:D3}", tumourSlices: 0)),
        ],
        size: 32,
        millimetres: 3);

    private static readonly SweepSpec Small =
        SmallSpecs.Sweep("small", Cohort.ComputeDigest(), Variant("cross-entropy", 4e-3, steps: 10), Variant("slower", 2e-3, steps: 10));

    public static SweepSpec Spec(string name, string owner = "ann", int steps = 10, params ulong[] seeds) => Small with
    {
        Name = name,
        Owner = owner,
        Seeds = seeds.Length == 0 ? [0] : seeds,
        Variants = [.. Small.Variants.Select(v => v with { Protocol = v.Protocol with { Steps = steps } })],
        Ablation = new AblationSpec { Levels = [0.5, 0.25], Folds = AblationFolds.Best, Variants = ["cross-entropy", "slower"] },
    };

    /// <summary>
    /// The same with cross-entropy at two rates to choose from and two seeds. Trained are 6 runs that tune, 6 of the other variant, 3 of
    /// the chosen candidate with the second seed and 8 of the ablation; listed and never trained are 3 and 28.
    /// </summary>
    public static SweepSpec Tuned(string name, bool bothVariants = false)
    {
        SweepSpec spec = Spec(name, "ann", 10, 0, 1);
        return spec with { Variants = [Tune(spec.Variants[0], 1e-3), bothVariants ? Tune(spec.Variants[1], 5e-4) : spec.Variants[1]] };
    }

    private static VariantSpec Tune(VariantSpec variant, double otherRate)
    {
        VariantSpec[] candidates = [variant, Variant(variant.Name, otherRate, variant.Protocol.Steps)];
        return variant with
        {
            Tune = new TuneSpec
            {
                Keys = [TuneSpec.LearningRate],
                Candidates = [.. candidates.Select(v => new CandidateSpec { Scheme = v.Scheme, Protocol = v.Protocol })],
            },
        };
    }

    public const int TunedRuns = 6 + 6 + 3 + 8;

    public static SweepSubmission Submission(SweepSpec spec) => new(spec, $"name: {spec.Name}\n", Cohort.ComputeDigest(), null);

    private static VariantSpec Variant(string name, double rate, int steps) =>
        SmallSpecs.Variant(name, new CrossEntropyScheme { Optimizer = SmallSpecs.Adam with { LearningRate = rate } }) with
        {
            Protocol = SmallSpecs.Protocol with { CropSize = 32, Steps = steps },
        };
}

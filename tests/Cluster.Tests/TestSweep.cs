using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests;

/// <summary>A small question over a cohort of names: three folds, two variants, two levels; 6 cross-validation and 4 ablation runs.</summary>
internal static class TestSweep
{
    public static readonly CohortManifest Cohort = new()
    {
        Description = "names only",
        Channels = ["T2w", "ADC", "b1500"],
        Size = 32,
        PixelMillimetres = 3,
        Patients =
        [
            .. Enumerable.Range(1, 12).Select(i => new CohortPatient($"A{i:D3}", true, 3, 2, $"patients/A{i:D3}", Digest.Of([(byte)i]))),
            .. Enumerable.Range(1, 6).Select(i => new CohortPatient($"F{i:D3}", false, 4, 0, $"patients/F{i:D3}", Digest.Of([(byte)(100 + i)]))),
        ],
    };

    public static SweepSpec Spec(string name, string owner = "ann", int steps = 10, params ulong[] seeds) => new()
    {
        Name = name,
        Owner = owner,
        Priority = 0,
        Cohort = new StoredCohort(Cohort.ComputeDigest()),
        Folds = 3,
        SplitSeed = 1,
        Seeds = seeds.Length == 0 ? [0] : seeds,
        Variants = [Variant("cross-entropy", 4e-3, steps), Variant("slower", 2e-3, steps)],
        Baseline = "cross-entropy",
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

    private static VariantSpec Variant(string name, double rate, int steps) => new()
    {
        Name = name,
        Scheme = new CrossEntropyScheme { Optimizer = new AdamSpec { LearningRate = rate, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 } },
        Protocol = new TrainingProtocol
        {
            CropSize = 32,
            Steps = steps,
            EvaluateEvery = 5,
            BatchSize = 5,
            PositiveShare = 0.7,
            Augmentation = new AugmentationSpec { RotationRadians = 0.4, ShiftPixels = 3, Mirror = true },
        },
        Segmentor = new SegmentorSpec
        {
            Width = 4,
            Levels = 3,
            ConvolutionsPerLevel = 1,
            Downsampling = Downsampling.MaxPool,
            Upsampling = Upsampling.TransposedConvolution,
            DecoderActivation = Activation.LeakyRelu,
            NormalizeFirst = true,
            LeakySlope = 0.2,
        },
    };
}

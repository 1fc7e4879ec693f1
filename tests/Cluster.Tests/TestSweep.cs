using AdvSeg.Core;
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

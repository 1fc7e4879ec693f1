using AdvSeg.Core.Specs;

namespace AdvSeg.TestKit;

/// <summary>
/// Specs in which every setting has a value, for a run of a second. A test says with <c>with</c> what it is about; nothing here is pinned,
/// and a test that pins what follows from a spec gives all that it pins.
/// </summary>
public static class SmallSpecs
{
    public static AdamSpec Adam { get; } = new() { LearningRate = 2e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 };

    public static DiscriminatorSpec Discriminator { get; } =
        new() { Channels = [4, 8, 8], Norm = DiscriminatorNorm.Middle, FirstStride = 2, LeakySlope = 0.2 };

    public static AdversarySpec Adversary { get; } =
        new() { Network = Discriminator, Optimizer = Adam with { LearningRate = 1e-3 }, StepsPerSegmentorStep = 3 };

    public static SegmentorSpec Segmentor { get; } = new()
    {
        Width = 4,
        Levels = 3,
        ConvolutionsPerLevel = 2,
        Downsampling = Downsampling.MaxPool,
        Upsampling = Upsampling.TransposedConvolution,
        DecoderActivation = Activation.LeakyRelu,
        NormalizeFirst = true,
        LeakySlope = 0.2,
    };

    public static TrainingProtocol Protocol { get; } = new()
    {
        CropSize = 24,
        Steps = 20,
        EvaluateEvery = 5,
        BatchSize = 5,
        PositiveShare = 0.7,
        Augmentation = new AugmentationSpec { RotationRadians = 0.4, ShiftPixels = 3, Mirror = true },
    };

    /// <summary>One of each scheme, by its name.</summary>
    /// <param name="adam">Optimizer of S.</param>
    /// <param name="adversary">D of the schemes that have one.</param>
    public static IReadOnlyDictionary<string, SchemeSpec> Schemes(AdamSpec adam, AdversarySpec adversary) =>
        new SchemeSpec[]
        {
            new CrossEntropyScheme { Optimizer = adam },
            new AdversarialScheme { Optimizer = adam, Adversary = adversary },
            new HybridScheme { Optimizer = adam, Adversary = adversary, Lambda = 0.5 },
            new MinimaxScheme { Optimizer = adam, Adversary = adversary },
            new DiceCrossEntropyScheme { Optimizer = adam },
        }.ToDictionary(scheme => scheme.Kind, StringComparer.Ordinal);

    public static VariantSpec Variant(string name, SchemeSpec scheme) =>
        new() { Name = name, Scheme = scheme, Protocol = Protocol, Segmentor = Segmentor };

    public static RunSpec Run(string cohortDigest, SchemeSpec scheme) => new()
    {
        CohortDigest = cohortDigest,
        TrainPositive = ["p0", "p1", "p2"],
        TrainNegative = ["p6", "p7", "p8", "p9"],
        Select = ["p3"],
        Test = ["p4", "p5"],
        Scheme = scheme,
        Protocol = Protocol,
        Segmentor = Segmentor,
        Seed = 5,
        Trainer = "torch",
        TrainerRevision = 1,
        Numerics = Numerics.DefaultCpu,
    };

    /// <summary>Three folds of one seed over a cohort that is named, with the first variant as the baseline and no ablation.</summary>
    public static SweepSpec Sweep(string name, string cohortDigest, params VariantSpec[] variants) => new()
    {
        Name = name,
        Owner = "tester",
        Priority = 0,
        Cohort = new StoredCohort(cohortDigest),
        Folds = 3,
        SplitSeed = 1,
        Seeds = [0],
        Variants = variants,
        Baseline = variants[0].Name,
    };
}

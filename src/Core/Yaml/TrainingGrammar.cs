using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>Keys that say how a variant is trained: protocol, networks, schemes and what is tuned of them.</summary>
internal static class TrainingGrammar
{
    public static readonly Shape None = new WordShape("none");

    private static readonly Shape Halving =
        new EitherShape(new WordShape("thirds", "never"), new WholeShape(SpecLimits.HalveEvery)) { Name = "halving" };

    private const string Halved =
        "Steps between halvings; thirds: after each third of the variant's own steps; never or 0: the rate is fixed.";

    private static readonly SpecKey[] OptimizerKeys =
    [
        new("learningRate", new NumberShape(SpecLimits.LearningRate), "Adam's learning rate for S."),
        new("beta1", new NumberShape(SpecLimits.Beta), "Decay of Adam's mean of the gradients of S."),
        new("beta2", new NumberShape(SpecLimits.Beta), "Decay of Adam's mean of the squared gradients of S."),
        new("halveEvery", Halving, $"Of the learning rate of S. {Halved}"),
    ];

    private static readonly SpecKey[] AdversaryKeys =
    [
        new("discriminatorLearningRate", new NumberShape(SpecLimits.LearningRate), "Adam's learning rate for D."),
        new("discriminatorBeta1", new NumberShape(SpecLimits.Beta), "Decay of Adam's mean of the gradients of D."),
        new("discriminatorBeta2", new NumberShape(SpecLimits.Beta), "Decay of Adam's mean of the squared gradients of D."),
        new("discriminatorHalveEvery", Halving, $"Of the learning rate of D. {Halved}"),
        new("discriminatorSteps", new WholeShape(SpecLimits.DiscriminatorSteps), "k: D batches before each S batch."),
    ];

    /// <summary>Keys that single schemes have.</summary>
    private static readonly SpecKey[] WeightKeys =
    [
        .. Scheme.All.SelectMany(d => d.Weights).DistinctBy(w => w.Key)
            .Select(w => new SpecKey(w.Key, new NumberShape(SpecLimits.SchemeWeight), w.Description)),
    ];

    private static readonly SpecKey Tune = TuneKey("tune", hasAdversary: true);
    private static readonly SpecKey SegmentorTune = TuneKey("segmentorTune", hasAdversary: false);

    private static readonly SpecKey[] NetworkKeys =
    [
        new("network", new MapShape(
        [
            new("width", new WholeShape(SpecLimits.Width), "Channels of the first level; doubled at each further one."),
            new("levels", new WholeShape(SpecLimits.Levels), "Encoder levels, the bottom one included; its map is larger than 1 x 1."),
            new("convolutionsPerLevel", new WholeShape(SpecLimits.ConvolutionsPerLevel), "Convolutions of each level, on either side."),
            new("downsampling", WordShape.Of<Downsampling>(), "How resolution is halved."),
            new("upsampling", WordShape.Of<Upsampling>(), "How resolution is doubled: 2x2 transposed, or nearest neighbour and a 3x3 convolution."),
            new("decoderActivation", WordShape.Of<Activation>(), "Activation of the decoder; the encoder has leaky ReLU."),
            new("normalizeFirst", new FlagShape(),
                "InstanceNorm on the very first convolution; the paper has none, short adversarial training needs it."),
            new("leakySlope", new NumberShape(SpecLimits.LeakySlope), "Slope of leaky ReLU below 0."),
        ]) { Name = "network", Description = "A U-Net." }, "The segmentor S, a U-Net.") { Need = Need.WithoutPreset },
        new("discriminator", new MapShape(
        [
            new("channels", new ListShape(new WholeShape(SpecLimits.Channels), SpecLimits.Layers), "Channels of each 3x3 convolution."),
            new("norm", WordShape.Of<DiscriminatorNorm>(),
                "What InstanceNorm follows: none, or middle: every convolution but the first and the last."),
            new("firstStride", new WholeShape(SpecLimits.FirstStride), "Stride of the first convolution; the others have 2."),
            new("leakySlope", new NumberShape(SpecLimits.LeakySlope), "Slope of leaky ReLU below 0."),
        ]) { Name = "discriminator", Description = "Strided convolutions, global average pooling and one dense output." },
            "The discriminator D; used by schemes that have one."),
    ];

    /// <summary>What a variant may override; the crop is not among it, because scores of different fields cannot be compared.</summary>
    private static readonly SpecKey[] OverridableKeys =
    [
        new("steps", new WholeShape(SpecLimits.Steps), "S steps."),
        new("evaluateEvery", new WholeShape(SpecLimits.Steps), "S steps between evaluations on the selection patients; at most steps."),
        new("batchSize", new WholeShape(SpecLimits.BatchSize), "Slices of a batch."),
        new("positiveShare", new NumberShape(SpecLimits.PositiveShare), "Probability that a sample comes from a patient with tumour."),
        new("augmentation", new MapShape(
        [
            new("rotationDegrees", new NumberShape(SpecLimits.RotationDegrees), "In-plane rotation, uniform in [-r, r]."),
            new("shiftPixels", new NumberShape(SpecLimits.ShiftPixels), "Shift, uniform in [-s, s] in x and y; at most cropSize."),
            new("mirror", new FlagShape(), "Left-right mirroring with probability one half."),
        ]) { Name = "augmentation" }, "Random in-plane augmentation."),
    ];

    public static readonly SpecKey Protocol = new("protocol", new MapShape(
    [
        new("cropSize", new WholeShape(SpecLimits.CropSize),
            "Side of the central square crop that the networks see, pixels; a multiple of 2^(levels - 1), at most the size of the slices."),
        .. OverridableKeys,
    ])
    { Name = "protocol" }, "How every variant is trained and selected.")
    { Need = Need.WithoutPreset };

    /// <summary>The schemes and the keys each of them uses.</summary>
    public static readonly IReadOnlyDictionary<string, MapShape> Schemes = Scheme.All.ToDictionary(d => d.Kind, KeysOf, StringComparer.Ordinal);

    /// <summary>The networks, of all variants or of one.</summary>
    public static IReadOnlyList<SpecKey> Networks => NetworkKeys;

    /// <summary>Settings that a variant may give for itself.</summary>
    public static IReadOnlyList<SpecKey> OfVariants =>
        [.. OptimizerKeys, .. AdversaryKeys, .. WeightKeys, .. OverridableKeys, Tune, .. NetworkKeys.Select(k => k with { Need = Need.Never })];

    private static MapShape KeysOf(SchemeDefinition scheme) => new(
    [
        .. OptimizerKeys, .. scheme.HasAdversary ? AdversaryKeys : [], .. WeightKeys.Where(key => scheme.Weights.Any(w => w.Key == key.Name)),
        scheme.HasAdversary ? Tune : SegmentorTune,
    ])
    { Name = scheme.Kind };

    private static SpecKey TuneKey(string name, bool hasAdversary)
    {
        SpecKey[] keys =
        [
            new(TuneSpec.LearningRate, Values(new NumberShape(SpecLimits.LearningRate)), "Learning rates of S to try.")
            {
                Examples = ["[2e-3, 4e-3]"],
            },
            new(TuneSpec.DiscriminatorLearningRate, Values(new NumberShape(SpecLimits.LearningRate)), "Learning rates of D to try.")
            {
                Examples = ["[5e-4, 1e-3]"],
            },
            new(TuneSpec.Steps, Values(new WholeShape(SpecLimits.Steps)), "Numbers of S steps to try.") { Examples = ["[700, 1400]"] },
        ];
        MapShape grid = new([.. keys.Where(k => hasAdversary || k.Name != TuneSpec.DiscriminatorLearningRate)])
        {
            Name = name,
            Description = $"Candidates: every combination of the listed values, {SpecLimits.Candidates.Low} to {SpecLimits.Candidates.High}.",
            IsNeverEmpty = true,
        };
        return new("tune", new EitherShape(None, grid),
            "Settings to choose from on the selection folds, before the cross-validation. none: fixed settings, whatever the scheme says.");

        static ListShape Values(Shape value) => new(value, IsSet: true);
    }
}

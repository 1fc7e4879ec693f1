using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// Every key of a spec and the kind of its value; <c>docs/sweep.schema.json</c> says the same to editors, and a test compares them.
/// </summary>
internal static class SpecGrammar
{
    public const string ApiVersion = "advseg/v1";

    private static readonly Shape Text = new TextShape();
    private static readonly Shape Whole = new WholeShape();
    private static readonly Shape Number = new NumberShape();
    private static readonly Shape Flag = new FlagShape();
    private static readonly Shape Seed = new SeedShape();
    private static readonly Shape None = new WordShape("none");
    private static readonly Shape Halving = new EitherShape(new WordShape("thirds", "never"), Whole);

    private static readonly (string, Shape)[] OptimizerKeys =
        [("learningRate", Number), ("beta1", Number), ("beta2", Number), ("halveEvery", Halving)];

    private static readonly (string, Shape)[] AdversaryKeys =
    [
        ("discriminatorLearningRate", Number),
        ("discriminatorBeta1", Number),
        ("discriminatorBeta2", Number),
        ("discriminatorHalveEvery", Halving),
        ("discriminatorSteps", Whole),
    ];

    /// <summary>Keys that single schemes have.</summary>
    private static readonly (string, Shape)[] WeightKeys =
        [.. Scheme.All.SelectMany(d => d.Weights).Select(w => w.Key).Distinct().Select(key => (key, Number))];

    /// <summary>Lists of values that a variant's settings are chosen from.</summary>
    private static readonly (string, Shape)[] SegmentorTuneKeys =
        [(TuneSpec.LearningRate, new ListShape(Number)), (TuneSpec.Steps, new ListShape(Whole))];

    private static readonly (string, Shape) SegmentorTune = ("tune", new EitherShape(None, Map(SegmentorTuneKeys)));

    private static readonly (string, Shape) Tune =
        ("tune", new EitherShape(None, Map([.. SegmentorTuneKeys, (TuneSpec.DiscriminatorLearningRate, new ListShape(Number))])));

    /// <summary>The schemes and the keys each of them uses.</summary>
    public static readonly IReadOnlyDictionary<string, MapShape> Schemes = Scheme.All.ToDictionary(d => d.Kind, KeysOf, StringComparer.Ordinal);

    private static readonly MapShape Network = Map(
        ("width", Whole),
        ("levels", Whole),
        ("convolutionsPerLevel", Whole),
        ("downsampling", new WordShape("max-pool", "strided-convolution")),
        ("upsampling", new WordShape("transposed-convolution", "nearest-convolution")),
        ("decoderActivation", new WordShape("relu", "leaky-relu")),
        ("normalizeFirst", Flag),
        ("leakySlope", Number));

    private static readonly MapShape Discriminator = Map(
        ("channels", new ListShape(Whole)),
        ("norm", new WordShape("none", "middle")),
        ("firstStride", Whole),
        ("leakySlope", Number));

    /// <summary>What a variant may override; the crop is not among it, because scores of different fields cannot be compared.</summary>
    private static readonly (string, Shape)[] OverridableKeys =
    [
        ("steps", Whole),
        ("evaluateEvery", Whole),
        ("batchSize", Whole),
        ("positiveShare", Number),
        ("augmentation", Map(("rotationDegrees", Number), ("shiftPixels", Number), ("mirror", Flag))),
    ];

    private static readonly MapShape Variant = Map(
    [
        ("name", Text),
        ("scheme", new WordShape([.. Schemes.Keys])),
        .. OptimizerKeys, .. AdversaryKeys, .. WeightKeys, .. OverridableKeys, Tune,
        ("network", Network),
        ("discriminator", Discriminator),
    ]);

    private static readonly MapShape Cohort = new(
        Map(
            ("phantom", Map(("aggressive", Whole), ("lesionFree", Whole), ("size", Whole), ("seed", Seed))),
            ("stored", Text),
            ("folder", Text)).Fields,
        One: true);

    public static readonly MapShape Root = Map(
        ("apiVersion", new WordShape(ApiVersion)),
        ("preset", new WordShape([.. Presets.Names])),
        ("name", Text),
        ("owner", Text),
        ("priority", Whole),
        ("numerics", Text),
        ("cohort", Cohort),
        ("evaluationCohort", new EitherShape(None, Cohort)),
        ("folds", Whole),
        ("splitSeed", Seed),
        ("seeds", new EitherShape(Whole, new ListShape(Seed))),
        ("tuningSeeds", Whole),
        ("protocol", Map([("cropSize", Whole), .. OverridableKeys])),
        ("network", Network),
        ("discriminator", Discriminator),
        ("schemes", Map([.. Schemes.Select(s => (s.Key, (Shape)s.Value))])),
        ("variants", new ListShape(Variant)),
        ("baseline", Text),
        ("ablation", new EitherShape(None, Map(
            ("levels", new ListShape(Number)), ("folds", new WordShape("best", "all")), ("variants", new ListShape(Text))))));

    /// <summary>Keys that belong to schemes; a variant may give those of its own scheme.</summary>
    public static bool IsSchemeKey(string key) => Schemes.Values.Any(s => s.Fields.ContainsKey(key));

    /// <summary>Maps that give one of several alternatives.</summary>
    public static bool IsAlternative(string key) => key is "cohort" or "evaluationCohort";

    private static MapShape KeysOf(SchemeDefinition scheme) => Map(
    [
        .. OptimizerKeys, .. scheme.HasAdversary ? AdversaryKeys : [], .. WeightKeys.Where(key => scheme.Weights.Any(w => w.Key == key.Item1)),
        scheme.HasAdversary ? Tune : SegmentorTune,
    ]);

    private static MapShape Map(params (string Key, Shape Shape)[] fields) =>
        new(fields.ToDictionary(f => f.Key, f => f.Shape, StringComparer.Ordinal));
}

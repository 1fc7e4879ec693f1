using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

/// <summary>A key that the grammar knows and the reader forgets would be ignored without a word.</summary>
public sealed class SweepKeyTests
{
    private const string Head = "apiVersion: advseg/v1\npreset: demo\n";
    private static readonly string EveryScheme =
        $"variants: [{string.Join(", ", Scheme.All.Select(d => $"{{name: {d.Kind}, scheme: {d.Kind}}}"))}]\n";

    /// <summary>For each key a value that no preset has; a path decides where one word means two things.</summary>
    private static readonly Dictionary<string, string> Values = new()
    {
        ["name"] = "other",
        ["owner"] = "other",
        ["priority"] = "3",
        ["numerics"] = "cpu/avx2/bf16/1t/libtorch-2.10.0",
        ["folds"] = "5",
        ["splitSeed"] = "9",
        ["splits.folds"] = "[[a], [b], [c], [d]]",
        ["seeds"] = "[4, 2]",
        ["baseline"] = "adversarial",
        ["aggressive"] = "54",
        ["lesionFree"] = "11",
        ["size"] = "80",
        ["seed"] = "99",
        ["contrast"] = "0.5",
        ["variation"] = "1.5",
        ["labelNoise"] = "0",
        ["stored"] = $"'{new string('0', 64)}'",
        ["folder"] = "data",
        ["cropSize"] = "56",
        ["steps"] = "701",
        ["evaluateEvery"] = "49",
        ["batchSize"] = "4",
        ["positiveShare"] = "0.6",
        ["rotationDegrees"] = "20",
        ["shiftPixels"] = "5",
        ["mirror"] = "false",
        ["width"] = "9",
        ["levels"] = "3",
        ["convolutionsPerLevel"] = "1",
        ["downsampling"] = "strided-convolution",
        ["upsampling"] = "nearest-convolution",
        ["decoderActivation"] = "relu",
        ["normalizeFirst"] = "false",
        ["leakySlope"] = "0.1",
        ["channels"] = "[8, 8, 8]",
        ["norm"] = "none",
        ["firstStride"] = "1",
        ["learningRate"] = "7e-3",
        ["beta1"] = "0.6",
        ["beta2"] = "0.99",
        ["halveEvery"] = "never",
        ["lambda"] = "0.7",
        ["discriminatorLearningRate"] = "6e-3",
        ["discriminatorBeta1"] = "0.6",
        ["discriminatorBeta2"] = "0.99",
        ["discriminatorHalveEvery"] = "9",
        ["discriminatorSteps"] = "2",
        ["tune.learningRate"] = "[6e-3, 7e-3]",
        ["tune.discriminatorLearningRate"] = "[6e-3, 7e-3]",
        ["tune.steps"] = "[701, 702]",
        ["failureBelow"] = "0.1",
        ["metric"] = "sensitivity",
        ["cohort"] = "held-out",
        ["margin"] = "0.03",
        ["alpha"] = "0.01",
        ["ablation.levels"] = "[0.5]",
        ["ablation.folds"] = "all",
        ["ablation.variants"] = "[cross-entropy]",
    };

    public static TheoryData<string> Paths =>
    [
        .. Leaves("", SpecGrammar.Root).Where(
            p => p is not ("apiVersion" or "preset" or "variants.scheme" or "tuningSeeds" or "reportTuningSeeds" or "splits.nnunet" or "splits.csv")),
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Read_Key_ChangesTheSweep(string path)
    {
        string[] keys = path.Split('.');
        string value = Values.GetValueOrDefault(string.Join('.', keys.TakeLast(2))) ?? Values[keys[^1]];
        string nested = string.Concat(keys[1..].Select(k => $"{{{k}: ")) + value + new string('}', keys.Length - 1);
        (string with, string without) = keys[0] == "variants"
            ? (Variants(nested), Variants("{}"))
            : ($"{EveryScheme}{keys[0]}: {nested}\n", EveryScheme);
        Assert.NotEqual(SweepYaml.Read(Head + without, "x").Id(), SweepYaml.Read(Head + with, "x").Id());
    }

    /// <summary>A hybrid variant with one more setting; its name is given unless that is the setting.</summary>
    private static string Variants(string setting)
    {
        string more = setting.Trim('{').Length == setting.Length ? setting : setting[1..^1];
        string name = more.StartsWith("name:", StringComparison.Ordinal) ? "" : "name: mine, ";
        string two = "{name: cross-entropy, scheme: cross-entropy}, {name: adversarial, scheme: adversarial}";
        return $"variants: [{two}, {{{name}scheme: hybrid{(more.Length > 0 ? ", " + more : "")}}}]\n";
    }

    private static IEnumerable<string> Leaves(string path, Shape shape) => shape switch
    {
        MapShape map => map.Keys.SelectMany(k => Leaves(path.Length == 0 ? k.Name : $"{path}.{k.Name}", k.Shape)),
        EitherShape either when either.Shapes.OfType<MapShape>().FirstOrDefault() is { } map => Leaves(path, map),
        ListShape { Item: MapShape map } => Leaves(path, map),
        _ => [path],
    };
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>What makes one variant's training impossible.</summary>
internal static class VariantRules
{
    private const int MostChannels = 16_384;

    public static void Check(string path, VariantSpec variant, SpecProblems problems)
    {
        problems.Require(
            SpecRules.Word().IsMatch(variant.Name), $"variant name '{variant.Name}' cannot be used; use 1 to 40 of A-Z, a-z, 0-9, '.', '_' and "
                + "'-'", $"{path}.name");
        CheckTraining(path, variant, problems);
        TuneRules.Check(path, variant, problems);
    }

    /// <summary>One set of settings: a variant's, or those of one of its candidates.</summary>
    public static void CheckTraining(string path, VariantSpec variant, SpecProblems problems)
    {
        CheckProtocol(path, variant.Protocol, problems);
        CheckOptimizer(path, "", variant.Scheme.Optimizer, problems);
        CheckSegmentor(path, variant.Segmentor, variant.Protocol.CropSize, problems);
        if (variant.Scheme.AdversaryOrNull is { } adversary)
        {
            CheckOptimizer(path, "discriminator", adversary.Optimizer, problems);
            problems.Within($"{path}.discriminatorSteps", adversary.StepsPerSegmentorStep, 1, 100);
            CheckDiscriminator(path, adversary.Network, variant.Protocol.CropSize, problems);
        }

        foreach (SchemeWeight weight in Scheme.Of(variant.Scheme.Kind).Weights)
        {
            problems.Positive($"{path}.{weight.Key}", weight.Of(variant.Scheme), 1e6);
        }
    }

    private static void CheckProtocol(string path, TrainingProtocol protocol, SpecProblems problems)
    {
        problems.Within($"{path}.cropSize", protocol.CropSize, 4, 4096, " pixels");
        problems.Within($"{path}.steps", protocol.Steps, 1, 10_000_000);
        problems.Within($"{path}.batchSize", protocol.BatchSize, 1, 1024);
        problems.Positive($"{path}.positiveShare", protocol.PositiveShare, 1);
        problems.Within($"{path}.augmentation.rotationDegrees", protocol.Augmentation.RotationRadians / Math.PI * 180, 0, 180);
        problems.Within($"{path}.augmentation.shiftPixels", protocol.Augmentation.ShiftPixels, 0, protocol.CropSize, " pixels, the crop's side");
        problems.Within($"{path}.evaluateEvery", protocol.EvaluateEvery, 1, 10_000_000);
        problems.Require(
            protocol.EvaluateEvery <= protocol.Steps,
            $"evaluateEvery {protocol.EvaluateEvery} is more than the {protocol.Steps} steps; evaluate at least once before the end or raise steps",
            $"{path}.evaluateEvery", $"{path}.steps");
    }

    private static void CheckOptimizer(string path, string prefix, AdamSpec adam, SpecProblems problems)
    {
        problems.Positive(Key("learningRate"), adam.LearningRate, 10);
        problems.BelowOne(Key("beta1"), adam.Beta1);
        problems.BelowOne(Key("beta2"), adam.Beta2);
        problems.Within(Key("halveEvery"), adam.HalveEvery, 0, 10_000_000);

        string Key(string key) => prefix.Length == 0 ? $"{path}.{key}" : $"{path}.{prefix}{char.ToUpperInvariant(key[0])}{key[1..]}";
    }

    private static void CheckSegmentor(string path, SegmentorSpec network, int crop, SpecProblems problems)
    {
        string levels = $"{path}.network.levels";
        problems.Within($"{path}.network.width", network.Width, 1, SegmentorSpec.MostWidth);
        problems.Within(levels, network.Levels, 2, SegmentorSpec.MostLevels);
        problems.Within($"{path}.network.convolutionsPerLevel", network.ConvolutionsPerLevel, 1, SegmentorSpec.MostConvolutionsPerLevel);
        problems.BelowOne($"{path}.network.leakySlope", network.LeakySlope);
        if (network.Levels is < 2 or > SegmentorSpec.MostLevels || crop < 4)
        {
            return;
        }

        int factor = 1 << (network.Levels - 1);
        problems.Require(
            (long)network.Width * factor <= MostChannels,
            $"width {network.Width} at {network.Levels} levels ends in {(long)network.Width * factor} channels; use at most {MostChannels}",
            $"{path}.network.width", levels);
        problems.Require(
            crop % factor == 0,
            $"cropSize {crop} cannot be halved {network.Levels - 1} times for {network.Levels} levels; use a multiple of {factor} or fewer levels",
            $"{path}.cropSize", levels);
        problems.Require(
            crop % factor != 0 || crop > factor,
            $"the lowest of {network.Levels} levels sees a 1 x 1 map at cropSize {crop}, where InstanceNorm returns a constant; use fewer levels "
                + "or a larger crop",
            levels, $"{path}.cropSize");
    }

    private static void CheckDiscriminator(string path, DiscriminatorSpec network, int crop, SpecProblems problems)
    {
        string channels = $"{path}.discriminator.channels";
        problems.Within(channels, network.Channels.Count, 1, 16, " layers");
        problems.Require(
            network.Channels.All(c => c is >= 1 and <= MostChannels),
            $"channels [{string.Join(", ", network.Channels)}] cannot be used; use 1 to {MostChannels} in each layer", channels);
        problems.Within($"{path}.discriminator.firstStride", network.FirstStride, 1, 2);
        problems.BelowOne($"{path}.discriminator.leakySlope", network.LeakySlope);
        if (network.Norm != DiscriminatorNorm.Middle)
        {
            return;
        }

        // 3x3 with padding 1: stride 2 halves a side and rounds up.
        int side = network.FirstStride == 1 ? crop : (crop + 1) / 2;
        for (int layer = 1; layer < network.Channels.Count - 1; layer++)
        {
            side = (side + 1) / 2;
            if (side <= 1)
            {
                problems.Add(
                    $"layer {layer + 1} of {network.Channels.Count} of the discriminator sees a 1 x 1 map at cropSize {crop}, where InstanceNorm "
                        + "returns a constant; "
                    + "use fewer channels, a larger crop or 'norm: none'",
                    channels, $"{path}.cropSize");
                return;
            }
        }
    }
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>What makes one training impossible: of a variant, of one of its candidates, or of a run that a worker is given.</summary>
public static class TrainingRules
{
    /// <exception cref="SpecException">The run cannot be trained; the message gives every problem.</exception>
    public static void Check(RunSpec run)
    {
        SpecProblems problems = new();
        Check("", run.Scheme, run.Protocol, run.Segmentor, problems);
        problems.ThrowIfAny("The run cannot be trained");
    }

    internal static void Check(string path, SchemeSpec scheme, TrainingProtocol protocol, SegmentorSpec segmentor, SpecProblems problems)
    {
        CheckProtocol(path, protocol, problems);
        CheckOptimizer(path, "", scheme.Optimizer, problems);
        NetworkRules.Check(path, segmentor, protocol.CropSize, problems);
        if (scheme.AdversaryOrNull is { } adversary)
        {
            CheckOptimizer(path, "discriminator", adversary.Optimizer, problems);
            problems.Within($"{path}.discriminatorSteps", adversary.StepsPerSegmentorStep, SpecLimits.DiscriminatorSteps);
            NetworkRules.Check(path, adversary.Network, protocol.CropSize, problems);
        }

        foreach (SchemeWeight weight in Scheme.Of(scheme.Kind).Weights)
        {
            problems.Within($"{path}.{weight.Key}", weight.Of(scheme), SpecLimits.SchemeWeight);
        }
    }

    private static void CheckProtocol(string path, TrainingProtocol protocol, SpecProblems problems)
    {
        problems.Within($"{path}.cropSize", protocol.CropSize, SpecLimits.CropSize, " pixels");
        problems.Within($"{path}.steps", protocol.Steps, SpecLimits.Steps);
        problems.Within($"{path}.batchSize", protocol.BatchSize, SpecLimits.BatchSize);
        problems.Within($"{path}.positiveShare", protocol.PositiveShare, SpecLimits.PositiveShare);
        problems.Within(
            $"{path}.augmentation.rotationDegrees", protocol.Augmentation.RotationRadians / Math.PI * 180, SpecLimits.RotationDegrees);
        problems.Within(
            $"{path}.augmentation.shiftPixels", protocol.Augmentation.ShiftPixels, SpecLimits.ShiftPixels with { High = protocol.CropSize },
            " pixels, the crop's side");
        problems.Within($"{path}.evaluateEvery", protocol.EvaluateEvery, SpecLimits.Steps);
        problems.Require(
            protocol.EvaluateEvery <= protocol.Steps,
            $"evaluateEvery {protocol.EvaluateEvery} is more than the {protocol.Steps} steps; evaluate at least once before the end or raise steps",
            $"{path}.evaluateEvery", $"{path}.steps");
    }

    private static void CheckOptimizer(string path, string prefix, AdamSpec adam, SpecProblems problems)
    {
        problems.Within(Key("learningRate"), adam.LearningRate, SpecLimits.LearningRate);
        problems.Within(Key("beta1"), adam.Beta1, SpecLimits.Beta);
        problems.Within(Key("beta2"), adam.Beta2, SpecLimits.Beta);
        problems.Within(Key("halveEvery"), adam.HalveEvery, SpecLimits.HalveEvery);

        string Key(string key) => prefix.Length == 0 ? $"{path}.{key}" : $"{path}.{prefix}{char.ToUpperInvariant(key[0])}{key[1..]}";
    }
}

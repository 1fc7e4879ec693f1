using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>What makes a network impossible, whoever asks: a sweep file, a run, a model file.</summary>
public static class NetworkRules
{
    /// <exception cref="SpecException">The segmentor cannot be made for this crop; the message gives every problem.</exception>
    public static void Check(SegmentorSpec network, int cropSize) =>
        Refuse("segmentor", cropSize, problems => Check("", network, cropSize, problems));

    /// <exception cref="SpecException">The discriminator cannot be made for this crop; the message gives every problem.</exception>
    public static void Check(DiscriminatorSpec network, int cropSize) =>
        Refuse("discriminator", cropSize, problems => Check("", network, cropSize, problems));

    /// <param name="path">Of the settings that the network belongs to.</param>
    /// <param name="network">The segmentor.</param>
    /// <param name="crop">Side of its input, pixels.</param>
    /// <param name="problems">Takes what is found.</param>
    internal static void Check(string path, SegmentorSpec network, int crop, SpecProblems problems)
    {
        string levels = $"{path}.network.levels";
        problems.Within($"{path}.network.width", network.Width, SpecLimits.Width);
        problems.Within(levels, network.Levels, SpecLimits.Levels);
        problems.Within($"{path}.network.convolutionsPerLevel", network.ConvolutionsPerLevel, SpecLimits.ConvolutionsPerLevel);
        problems.Within($"{path}.network.leakySlope", network.LeakySlope, SpecLimits.LeakySlope);
        if (!SpecLimits.Levels.Holds(network.Levels) || crop < SpecLimits.CropSize.Low)
        {
            return;
        }

        int divisor = network.Divisor();
        long most = (long)network.Width * divisor;
        problems.Require(
            most <= SpecLimits.Channels.High,
            $"width {network.Width} at {network.Levels} levels ends in {most} channels; use at most {SpecLimits.Channels.High}",
            $"{path}.network.width", levels);
        problems.Require(
            crop % divisor == 0,
            $"cropSize {crop} cannot be halved {network.Levels - 1} times for {network.Levels} levels; use a multiple of {divisor} or fewer levels",
            $"{path}.cropSize", levels);
        problems.Require(
            crop % divisor != 0 || crop > divisor,
            $"the lowest of {network.Levels} levels sees a 1 x 1 map at cropSize {crop}, where InstanceNorm returns a constant; use fewer levels "
                + "or a larger crop",
            levels, $"{path}.cropSize");
    }

    /// <inheritdoc cref="Check(string, SegmentorSpec, int, SpecProblems)"/>
    internal static void Check(string path, DiscriminatorSpec network, int crop, SpecProblems problems)
    {
        string channels = $"{path}.discriminator.channels";
        problems.Within(channels, network.Channels.Count, SpecLimits.Layers, " layers");
        problems.Require(
            network.Channels.All(c => SpecLimits.Channels.Holds(c)),
            $"channels [{string.Join(", ", network.Channels)}] cannot be used; {SpecLimits.Channels.Remedy} in each layer", channels);
        problems.Within($"{path}.discriminator.firstStride", network.FirstStride, SpecLimits.FirstStride);
        problems.Within($"{path}.discriminator.leakySlope", network.LeakySlope, SpecLimits.LeakySlope);
        int[] single = [.. network.Sides(crop).Index().Where(s => s.Item <= 1 && network.IsNormalized(s.Index)).Select(s => s.Index)];
        if (single.Length > 0)
        {
            problems.Add(
                $"layer {single[0] + 1} of {network.Channels.Count} of the discriminator sees a 1 x 1 map at cropSize {crop}, where InstanceNorm "
                    + "returns a constant; use fewer channels, a larger crop or 'norm: none'",
                channels, $"{path}.cropSize");
        }
    }

    private static void Refuse(string what, int cropSize, Action<SpecProblems> check)
    {
        SpecProblems problems = new();
        problems.Within("cropSize", cropSize, SpecLimits.CropSize, " pixels");
        check(problems);
        problems.ThrowIfAny($"The {what} cannot be made");
    }
}

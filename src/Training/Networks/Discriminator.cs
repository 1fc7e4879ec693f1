using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

using static TorchSharp.torch;

namespace AdvSeg.Training.Networks;

/// <summary>
/// The discriminator D (Kohl et al. 2017, section 2.2): strided 3x3 convolutions over images and class maps side by side, global average
/// pooling, one dense output. With <see cref="DiscriminatorNorm.Middle"/> every convolution but the first and the last is normalised.
/// </summary>
public sealed class Discriminator : Network
{
    private readonly ConvolutionBlock[] _blocks;
    private readonly (Parameter Weight, Parameter Bias) _dense;

    /// <param name="spec">The network.</param>
    /// <param name="cropSize">Height and width of its input, pixels.</param>
    /// <param name="seed">Of the initial weights.</param>
    /// <param name="device">Null is the CPU.</param>
    /// <param name="layout">Channels and classes of the cohort; null: the paper's, as in the canary.</param>
    /// <exception cref="SpecException"><see cref="NetworkRules"/> refuse it: InstanceNorm would meet a 1 x 1 map, for one.</exception>
    public Discriminator(DiscriminatorSpec spec, int cropSize, ulong seed, Device? device = null, CohortLayout? layout = null)
    {
        NetworkRules.Check(spec, cropSize);
        int last = spec.Channels.Count - 1;
        _blocks = [.. spec.Channels.Select((to, i) => AddBlock(
            $"convolution.{i}",
            i == 0 ? (layout ?? CohortLayout.Paper).Planes : spec.Channels[i - 1],
            to,
            i == 0 ? spec.FirstStride : 2,
            spec.IsNormalized(i),
            spec.LeakySlope))];
        float bound = Bound(spec.Channels[last]);
        _dense = (Add("dense.weight", [1, spec.Channels[last]], bound), Add("dense.bias", [1], bound));
        Initialize(seed, DrawPurpose.DiscriminatorWeights, device ?? CPU);
    }

    /// <summary>B x (channels + classes) x H x W, images before class maps, to B logits; positive means "an expert's".</summary>
    private protected override Tensor Compute(Tensor imagesAndMaps)
    {
        Tensor pooled_BC = ConvolutionBlock.ForwardAll(_blocks, imagesAndMaps).mean([2, 3]);
        return nn.functional.linear(pooled_BC, _dense.Weight.Value, _dense.Bias.Value).squeeze(1);
    }
}

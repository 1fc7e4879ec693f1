using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;
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
    /// <exception cref="SpecException">No channels, a stride other than 1 or 2, or InstanceNorm would meet a 1 x 1 map.</exception>
    public Discriminator(DiscriminatorSpec spec, int cropSize, ulong seed, Device? device = null)
    {
        Check(spec, cropSize);
        int last = spec.Channels.Count - 1;
        _blocks = [.. spec.Channels.Select((to, i) => AddBlock(
            $"convolution.{i}",
            i == 0 ? Segmentor.Modalities + Segmentor.Classes : spec.Channels[i - 1],
            to,
            i == 0 ? spec.FirstStride : 2,
            IsNormalized(spec, i),
            spec.LeakySlope))];
        float bound = Bound(spec.Channels[last]);
        _dense = (Add("dense.weight", [1, spec.Channels[last]], bound), Add("dense.bias", [1], bound));
        Initialize(seed, DrawPurpose.DiscriminatorWeights, device ?? CPU);
    }

    /// <summary>B x 7 x H x W, images before class maps, to B logits; positive means "an expert's".</summary>
    private protected override Tensor Compute(Tensor imagesAndMaps)
    {
        Tensor pooled = ConvolutionBlock.ForwardAll(_blocks, imagesAndMaps).mean([2, 3]);
        return nn.functional.linear(pooled, _dense.Weight.Value, _dense.Bias.Value).squeeze(1);
    }

    private static bool IsNormalized(DiscriminatorSpec spec, int layer) =>
        spec.Norm == DiscriminatorNorm.Middle && layer > 0 && layer < spec.Channels.Count - 1;

    private static void Check(DiscriminatorSpec spec, int cropSize)
    {
        if (spec.Channels.Count == 0 || spec.Channels.Any(channels => channels < 1) || spec.FirstStride is not (1 or 2))
        {
            throw new SpecException(
                $"The discriminator has the channels [{string.Join(", ", spec.Channels)}] and a first stride of {spec.FirstStride}; "
                + "give at least one layer, at least one channel each, and stride 1 or 2.");
        }

        int size = cropSize;
        for (int layer = 0; layer < spec.Channels.Count; layer++)
        {
            size = layer == 0 && spec.FirstStride == 1 ? size : (size + 1) / 2;
            if (size <= 1 && IsNormalized(spec, layer))
            {
                throw new SpecException(
                    $"InstanceNorm of the discriminator's layer convolution.{layer} would meet a {size} x {size} map at a crop of {cropSize} pixels "
                    + "and return a constant; use fewer layers, a larger crop, or norm: none.");
            }
        }
    }
}

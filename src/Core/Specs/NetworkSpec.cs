namespace AdvSeg.Core.Specs;

/// <summary>How the segmentor halves resolution.</summary>
public enum Downsampling { MaxPool, StridedConvolution }

/// <summary>How the segmentor doubles resolution: a 2x2 transposed convolution, or nearest-neighbour x2 followed by a 3x3 convolution.</summary>
public enum Upsampling { TransposedConvolution, NearestConvolution }

public enum Activation { Relu, LeakyRelu }

/// <summary>
/// The segmentor S, a U-Net (Kohl et al. 2017, section 2.2; docs/reference.md names the readings). Channels at encoder level l are
/// <c>Width * 2^l</c>; input channels x H x W, output classes x H x W logits, as many as the cohort names; H and W are multiples of 2^(Levels-1).
/// </summary>
public sealed record SegmentorSpec
{
    public required int Width { get; init; }

    /// <summary>Encoder levels, the bottom one included.</summary>
    public required int Levels { get; init; }

    public required int ConvolutionsPerLevel { get; init; }

    public required Downsampling Downsampling { get; init; }

    public required Upsampling Upsampling { get; init; }

    /// <summary>Activation of the decoder; the encoder always uses leaky ReLU.</summary>
    public required Activation DecoderActivation { get; init; }

    /// <summary>InstanceNorm on the very first convolution; the paper has none, reduced protocols need it (docs/reference.md).</summary>
    public required bool NormalizeFirst { get; init; }

    public required double LeakySlope { get; init; }
}

/// <summary>Which convolutions of the discriminator are followed by InstanceNorm. It is never allowed on a 1 x 1 map.</summary>
public enum DiscriminatorNorm { None, Middle }

/// <summary>
/// The discriminator D: 3x3 convolutions with the given channel counts and stride 2, leaky ReLU, global average pooling, one dense
/// output (a logit). Input (channels + classes) x H x W: a slice beside its class maps.
/// </summary>
public sealed record DiscriminatorSpec
{
    public required IReadOnlyList<int> Channels { get; init; }

    public required DiscriminatorNorm Norm { get; init; }

    /// <summary>Stride of the first convolution, 1 or 2; the others have stride 2.</summary>
    public required int FirstStride { get; init; }

    public required double LeakySlope { get; init; }
}

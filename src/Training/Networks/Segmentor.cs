using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

using static TorchSharp.torch;

namespace AdvSeg.Training.Networks;

/// <summary>
/// The segmentor S, a U-Net (Kohl et al. 2017, section 2.2). Level l has <c>Width * 2^l</c> channels and <c>crop / 2^l</c> pixels;
/// upsampled maps are concatenated with the encoder's map of their level; the last layer is a 1x1 convolution without normalisation.
/// </summary>
public sealed class Segmentor : Network
{
    private readonly SegmentorSpec _spec;
    private readonly ConvolutionBlock[][] _encoder;
    private readonly ConvolutionBlock[][] _decoder;
    private readonly (Parameter Weight, Parameter Bias)[] _upsamplers;
    private readonly (Parameter Weight, Parameter Bias) _head;

    /// <param name="spec">The network.</param>
    /// <param name="cropSize">Height and width of its input, pixels.</param>
    /// <param name="seed">Of the initial weights.</param>
    /// <param name="device">Null is the CPU.</param>
    /// <param name="layout">Channels and classes of the cohort; null: the paper's, as in the canary.</param>
    /// <exception cref="SpecException"><see cref="NetworkRules"/> refuse it: the crop cannot be halved often enough, for one.</exception>
    public Segmentor(SegmentorSpec spec, int cropSize, ulong seed, Device? device = null, CohortLayout? layout = null)
    {
        _spec = spec;
        Layout = layout ?? CohortLayout.Paper;
        NetworkRules.Check(spec, cropSize);
        _encoder = [.. Enumerable.Range(0, spec.Levels).Select(AddEncoderLevel)];
        int below = spec.Levels - 1;
        _upsamplers = [.. Enumerable.Range(0, below).Select(AddUpsampler)];
        _decoder = [.. Enumerable.Range(0, below).Select(AddDecoderLevel)];
        float bound = Bound(spec.Width);
        _head = (Add("head.weight", [Layout.Classes.Count, spec.Width, 1, 1], bound), Add("head.bias", [Layout.Classes.Count], bound));
        Initialize(seed, DrawPurpose.SegmentorWeights, device ?? CPU);
    }

    /// <summary>What it reads and tells apart.</summary>
    public CohortLayout Layout { get; }

    /// <summary>B x channels x H x W normalised images to B x classes x H x W logits.</summary>
    private protected override Tensor Compute(Tensor images)
    {
        var maps = new Tensor[_spec.Levels];
        Tensor x = images;
        for (int level = 0; level < _spec.Levels; level++)
        {
            if (level > 0 && _spec.Downsampling == Downsampling.MaxPool)
            {
                x = Brief.Of(() => Halve(x));
            }

            maps[level] = x = ConvolutionBlock.ForwardAll(_encoder[level], x);
        }

        for (int level = _spec.Levels - 2; level >= 0; level--)
        {
            x = Brief.Of(() => ConvolutionBlock.ForwardAll(_decoder[level], cat([Upsample(x, level), maps[level]], 1)));
        }

        return nn.functional.conv2d(x, _head.Weight.Value, _head.Bias.Value);
    }

    /// <summary>The maximum of each 2 x 2 square. Without a graph nobody asks where it was, and comparing rows, then columns, is faster.</summary>
    private static Tensor Halve(Tensor x)
    {
        if (is_grad_enabled())
        {
            return nn.functional.max_pool2d(x, 2);
        }

        (long h, long w) = (x.shape[2], x.shape[3]);
        Tensor rows = maximum(x.slice(2, 0, h, 2), x.slice(2, 1, h, 2));
        return maximum(rows.slice(3, 0, w, 2), rows.slice(3, 1, w, 2));
    }

    private int Channels(int level) => _spec.Channels(level);

    private ConvolutionBlock[] AddEncoderLevel(int level) =>
        [.. Enumerable.Range(0, _spec.ConvolutionsPerLevel).Select(i =>
        {
            int from = i > 0 ? Channels(level) : level > 0 ? Channels(level - 1) : Layout.Channels.Count;
            int stride = i == 0 && level > 0 && _spec.Downsampling == Downsampling.StridedConvolution ? 2 : 1;
            bool normalize = level > 0 || i > 0 || _spec.NormalizeFirst;
            return AddBlock($"encoder.{level}.{i}", from, Channels(level), stride, normalize, _spec.LeakySlope);
        })];

    private (Parameter Weight, Parameter Bias) AddUpsampler(int level)
    {
        (int from, int to) = (Channels(level + 1), Channels(level));

        // PyTorch takes a transposed convolution's fan-in from dimension 1 of its weight, the outputs.
        bool transposed = _spec.Upsampling == Upsampling.TransposedConvolution;
        (long[] shape, float bound) = transposed ? (new long[] { from, to, 2, 2 }, Bound(4 * to)) : ([to, from, 3, 3], Bound(9 * from));
        return (Add($"up.{level}.weight", shape, bound), Add($"up.{level}.bias", [to], bound));
    }

    private ConvolutionBlock[] AddDecoderLevel(int level)
    {
        double slope = _spec.DecoderActivation == Activation.LeakyRelu ? _spec.LeakySlope : 0;
        return [.. Enumerable.Range(0, _spec.ConvolutionsPerLevel).Select(i =>
            AddBlock($"decoder.{level}.{i}", i == 0 ? 2 * Channels(level) : Channels(level), Channels(level), stride: 1, normalize: true, slope))];
    }

    private Tensor Upsample(Tensor x, int level)
    {
        (Parameter weight, Parameter bias) = _upsamplers[level];
        if (_spec.Upsampling == Upsampling.TransposedConvolution)
        {
            return Convolution.ApplyTransposed(x, weight, bias);
        }

        // Nearest-neighbour x2 as a broadcast: its gradient is a sum, which is deterministic on every device.
        (long b, long c, long h, long w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        Tensor doubled_BCHW = x.view(b, c, h, 1, w, 1).expand(b, c, h, 2, w, 2).reshape(b, c, 2 * h, 2 * w);
        return Convolution.Apply(doubled_BCHW, weight, bias, stride: 1);
    }
}

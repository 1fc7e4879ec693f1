using static TorchSharp.torch;

namespace AdvSeg.Training.Networks;

/// <summary>
/// Convolutions that are right on a CPU. oneDNN 3.7's AVX2 kernels, which libtorch 2.10 calls, sum over channels in groups of eight, and
/// where the channels summed over are not a multiple of eight the last group holds whatever was in memory: outputs (from more than 8
/// input channels) and gradients of the input (to any number of outputs) come out wrong by half their norm, or NaN. Channels of zeros
/// up to the next multiple change no value. The AVX-512 kernels do the same in groups of sixteen.
/// </summary>
internal static class Convolution
{
    private const int Group = 8;

    /// <summary>3x3 with padding 1: B x C x H x W to B x K x H' x W'.</summary>
    public static Tensor Apply(Tensor x, Parameter weight, Parameter bias, int stride)
    {
        (long inputs, long outputs) = (x.is_cuda ? 0 : MissingInputs(weight.Shape[1]), x.is_cuda ? 0 : Missing(weight.Shape[0]));
        Tensor y = nn.functional.conv2d(
            Pad(x, [0, 0, 0, 0, 0, inputs]),
            Pad(weight.Value, [0, 0, 0, 0, 0, inputs, 0, outputs]),
            Pad(bias.Value, [0, outputs]),
            strides: [stride, stride],
            padding: [1, 1]);
        return outputs > 0 ? y.narrow(1, 0, weight.Shape[0]) : y;
    }

    /// <summary>2x2 transposed with stride 2: B x C x H x W to B x K x 2H x 2W. Its gradient is a convolution of K channels.</summary>
    public static Tensor ApplyTransposed(Tensor x, Parameter weight, Parameter bias)
    {
        long outputs = x.is_cuda ? 0 : MissingInputs(weight.Shape[1]);
        Tensor y = nn.functional.conv_transpose2d(
            x, Pad(weight.Value, [0, 0, 0, 0, 0, outputs]), Pad(bias.Value, [0, outputs]), strides: [2, 2]);
        return outputs > 0 ? y.narrow(1, 0, weight.Shape[1]) : y;
    }

    private static long Missing(long channels) => (Group - (channels % Group)) % Group;

    /// <summary>Fewer than eight input channels have kernels of their own, which are right.</summary>
    private static long MissingInputs(long channels) => channels > Group ? Missing(channels) : 0;

    private static Tensor Pad(Tensor tensor, long[] sides) => sides.Any(side => side > 0) ? nn.functional.pad(tensor, sides) : tensor;
}

using AdvSeg.Core.Draws;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>Against double precision, which libtorch computes without oneDNN.</summary>
public sealed class ConvolutionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Convolution_OfAnyNumberOfChannels_AndItsGradientsAreRight(int stride)
    {
        foreach ((int from, int to) in Channels())
        {
            AssertRight(
                new Parameter("weight", [to, from, 3, 3], 0, 0),
                new Parameter("bias", [to], 0, 0),
                (x, weight, bias) => Convolution.Apply(x, weight, bias, stride),
                (x, weight, bias) => nn.functional.conv2d(x, weight, bias, strides: [stride, stride], padding: [1, 1]),
                from);
        }
    }

    [Fact]
    public void TransposedConvolution_OfAnyNumberOfChannels_AndItsGradientsAreRight()
    {
        foreach ((int from, int to) in Channels())
        {
            AssertRight(
                new Parameter("weight", [from, to, 2, 2], 0, 0),
                new Parameter("bias", [to], 0, 0),
                Convolution.ApplyTransposed,
                (x, weight, bias) => nn.functional.conv_transpose2d(x, weight, bias, strides: [2, 2]),
                from);
        }
    }

    /// <summary>The last layer of S, from any width to any number of classes: 1x1, which has nothing to pad.</summary>
    [Fact]
    public void Head_OfAnyNumberOfClasses_AndItsGradientsAreRight()
    {
        foreach ((int from, int to) in from width in (int[])[1, 4, 8, 12, 64] from classes in Enumerable.Range(2, 15) select (width, classes))
        {
            AssertRight(
                new Parameter("weight", [to, from, 1, 1], 0, 0),
                new Parameter("bias", [to], 0, 0),
                (x, weight, bias) => nn.functional.conv2d(x, weight.Value, bias.Value),
                (x, weight, bias) => nn.functional.conv2d(x, weight, bias),
                from);
        }
    }

    private static IEnumerable<(int From, int To)> Channels() =>
        from inputs in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 20, 24] from outputs in (int[])[3, 4, 8, 10, 16] select (inputs, outputs);

    private static void AssertRight(
        Parameter weight, Parameter bias, Func<Tensor, Parameter, Parameter, Tensor> actual, Func<Tensor, Tensor, Tensor, Tensor> expected, int from)
    {
        using var scope = NewDisposeScope();
        Tensor x = Noise(1, [3, from, 12, 12]);
        weight.Value = Noise(2, [.. weight.Shape]);
        bias.Value = Noise(3, [.. bias.Shape]);
        Tensor[] single = Compute((a, _, _) => actual(a, weight, bias), x, weight.Value, bias.Value);
        Tensor[] precise = Compute(expected, Double(x), Double(weight.Value), Double(bias.Value));
        foreach ((Tensor got, Tensor wanted) in single.Zip(precise))
        {
            double error = ((got.to(float64) - wanted).norm() / wanted.norm()).item<double>();
            Assert.True(error < 1e-5, $"{weight.Shape[0]} x {weight.Shape[1]}: relative error {error}");
        }
    }

    private static Tensor[] Compute(Func<Tensor, Tensor, Tensor, Tensor> apply, Tensor x, Tensor weight, Tensor bias)
    {
        Tensor y = apply(x, weight, bias);
        Tensor loss = (y * Noise(4, y.shape).to(y.dtype)).sum();
        return [y, .. autograd.grad([loss], [x, weight, bias])];
    }

    private static Tensor Double(Tensor tensor) => tensor.to(float64).detach().requires_grad_(true);

    private static Tensor Noise(uint stream, long[] shape)
    {
        PhiloxSequence draws = Philox.At(seed: 0, DrawPurpose.Phantom, stream: stream);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = draws.NextSingle() - 0.5f;
        }

        return TensorData.FromFloats(values, shape, CPU).requires_grad_(true);
    }
}

using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>bf16: only forward passes leave single precision. bfloat16 keeps 8 bits, so its relative rounding is 2^-8 = 0.4 %.</summary>
public sealed class MixedPrecisionTests
{
    private const double Rounding = 1 / 256.0;
    private static readonly Numerics Mixed = Small.Numerics with { Precision = Precision.Bf16 };

    [Fact]
    public void Forward_InMixedPrecision_RoundsToBFloat16AndReturnsSinglePrecision()
    {
        using var scope = NewDisposeScope();
        using var noGraph = no_grad();
        using var exact = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        using var mixed = new Segmentor(Small.Segmentor, Small.Size, Small.Seed) { IsMixed = true };
        using var cohort = new DisposableTensors();
        Tensor images = cohort.Tensors.Images;

        Tensor expected = exact.Forward(images), found = mixed.Forward(images);

        Assert.Equal(float32, found.dtype);
        double error = ((found - expected).norm() / expected.norm()).item<float>();
        Assert.InRange(error, Rounding / 16, Rounding * 16);
    }

    [Fact]
    public void Autocast_UntilItIsDisposed_MultipliesInBFloat16()
    {
        using var scope = NewDisposeScope();
        Tensor one = ones(2, 2);
        using (new Autocast(TorchSharp.DeviceType.CPU))
        {
            Assert.Equal(bfloat16, one.matmul(one).dtype);
        }

        Assert.Equal(float32, one.matmul(one).dtype);
    }

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("adversarial")]
    public void Step_InMixedPrecision_IsReproducibleWithLossesNearSinglePrecisions(string scheme)
    {
        (List<StepLosses> exact, _) = Train(Small.Spec(scheme));
        (List<StepLosses> first, byte[][] state) = Train(Small.Spec(scheme) with { Numerics = Mixed });
        (List<StepLosses> second, byte[][] again) = Train(Small.Spec(scheme) with { Numerics = Mixed });

        Assert.Equal(first, second);
        Assert.Equal(state, again);
        Assert.NotEqual(exact, first);
        Assert.All(
            exact.Zip(first), pair => Assert.Equal(pair.First.Segmentor, pair.Second.Segmentor, 8 * Rounding * Math.Abs(pair.First.Segmentor)));
    }

    private static (List<StepLosses> Losses, byte[][] State) Train(RunSpec spec)
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(spec, cohort.Tensors, CPU);
        List<StepLosses> losses = [.. Enumerable.Range(0, 3).Select(learner.Step)];
        Assert.All(learner.State, part => Assert.Equal(float32, part.Values.dtype));
        return (losses, [.. learner.State.Select(part => TensorData.ToBytes(part.Values))]);
    }
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

public sealed class NetworkTests
{
    private static readonly SegmentorSpec DemoSegmentor = Small.Segmentor with { Width = 8, Levels = 4 };
    private static readonly DiscriminatorSpec DemoDiscriminator = Small.Adversary.Network with { Channels = [8, 16, 32, 64, 64, 128] };

    /// <summary>Counted in PyTorch; the peer's D was counted without normalisation, which adds two per channel of the middle layers.</summary>
    [Fact]
    public void Networks_OfTheDemoPreset_HaveTheParametersOfTheirPyTorchPeers()
    {
        using var segmentor = new Segmentor(DemoSegmentor, 48, seed: 0);
        using var plain = new Discriminator(DemoDiscriminator with { Norm = DiscriminatorNorm.None }, 48, seed: 0);
        using var normalized = new Discriminator(DemoDiscriminator, 48, seed: 0);

        Assert.Equal(121_556, segmentor.Flat.numel());
        Assert.Equal(135_729, plain.Flat.numel());
        Assert.Equal(135_729 + (2 * (16 + 32 + 64 + 64)), normalized.Flat.numel());
    }

    [Theory]
    [InlineData(Downsampling.MaxPool, Upsampling.TransposedConvolution, Activation.LeakyRelu, true, 2)]
    [InlineData(Downsampling.MaxPool, Upsampling.NearestConvolution, Activation.Relu, false, 1)]
    [InlineData(Downsampling.StridedConvolution, Upsampling.TransposedConvolution, Activation.Relu, true, 1)]
    [InlineData(Downsampling.StridedConvolution, Upsampling.NearestConvolution, Activation.LeakyRelu, false, 3)]
    public void Segmentor_WithAnyOptions_GivesFourLogitsPerPixelAndAGradientToEveryParameter(
        Downsampling down, Upsampling up, Activation activation, bool normalizeFirst, int convolutions)
    {
        using var scope = NewDisposeScope();
        SegmentorSpec spec = Small.Segmentor with
        {
            Downsampling = down,
            Upsampling = up,
            DecoderActivation = activation,
            NormalizeFirst = normalizeFirst,
            ConvolutionsPerLevel = convolutions,
        };
        using var segmentor = new Segmentor(spec, Small.Size, Small.Seed);
        Tensor images = Small.Tensors().Images.narrow(0, 0, 2);

        Tensor logits = segmentor.Forward(images);
        IList<Tensor> gradients = autograd.grad([logits.square().mean()], [.. segmentor.Leaves]);

        Assert.Equal([2, 4, Small.Size, Small.Size], logits.shape);
        Assert.All(gradients, gradient => Assert.True(gradient.isfinite().all().item<bool>()));
        Assert.Equal(normalizeFirst, segmentor.Parameters.Any(parameter => parameter.Name == "encoder.0.0.norm.weight"));
    }

    [Fact]
    public void Segmentor_InItsFirstLayer_StartsUniformWithinPyTorchsBound()
    {
        using var segmentor = new Segmentor(Small.Segmentor with { Width = 64 }, Small.Size, Small.Seed);
        Parameter first = segmentor.Parameters[0];
        float[] weights = [.. first.Value.data<float>()];
        double bound = 1 / Math.Sqrt(3 * 9);

        Assert.Equal([64, 3, 3, 3], first.Shape);
        Assert.All(weights, weight => Assert.InRange(weight, -bound, bound));
        Assert.Equal(bound * bound / 3, weights.Average(weight => weight * weight), tolerance: 0.1 * bound * bound / 3);
    }

    [Fact]
    public void Segmentor_OfTheSameSeed_IsTheSameInEverySchemeAndAnotherForAnotherSeed()
    {
        using var cohort = new DisposableTensors();
        byte[][] flats =
        [
            .. Small.Schemes.Keys.Select(scheme =>
            {
                using var learner = new Learner(Small.Spec(scheme), cohort.Tensors, CPU);
                return TensorData.ToBytes(learner.Segmentor.Flat);
            }),
        ];
        using var other = new Segmentor(Small.Segmentor, Small.Size, Small.Seed + 1);

        Assert.All(flats, flat => Assert.Equal(flats[0], flat));
        Assert.NotEqual(flats[0], TensorData.ToBytes(other.Flat));
    }

    [Theory]
    [InlineData(50, 4, "multiple of 8")]
    [InlineData(8, 4, "the lowest of 4 levels sees a 1 x 1 map")]
    [InlineData(2, 4, "cropSize is 2; use 4 to 4096 pixels")]
    [InlineData(48, 0, "levels is 0; use 2 to 10")]
    public void Segmentor_ForACropItCannotHalve_IsRefused(int crop, int levels, string named)
    {
        var e = Assert.Throws<SpecException>(() => new Segmentor(Small.Segmentor with { Levels = levels }, crop, seed: 0));
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        Assert.StartsWith("The segmentor cannot be made: ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>InstanceNorm of a 1 x 1 map is a constant, and TorchSharp does not say so.</summary>
    [Theory]
    [InlineData(32, 2, true)]
    [InlineData(32, 1, false)]
    [InlineData(33, 2, false)]
    [InlineData(48, 2, false)]
    public void Discriminator_WhoseMiddleLayerWouldNormaliseOnePixel_IsRefused(int crop, int firstStride, bool refused)
    {
        DiscriminatorSpec spec = DemoDiscriminator with { FirstStride = firstStride };
        void Make() => new Discriminator(spec, crop, seed: 0).Dispose();
        if (refused)
        {
            Assert.Contains(
                $"layer 5 of 6 of the discriminator sees a 1 x 1 map at cropSize {crop}", Assert.Throws<SpecException>(Make).Message,
                StringComparison.Ordinal);
            new Discriminator(spec with { Norm = DiscriminatorNorm.None }, crop, seed: 0).Dispose();
        }
        else
        {
            Make();
        }
    }
}

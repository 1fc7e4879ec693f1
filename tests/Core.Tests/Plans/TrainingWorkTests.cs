using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests.Plans;

/// <summary>Multiply-adds of networks small enough to count by hand.</summary>
public sealed class TrainingWorkTests
{
    private static readonly SegmentorSpec TwoLevels = SmallSpecs.Segmentor with { Width = 2, Levels = 2, ConvolutionsPerLevel = 1 };

    private static readonly DiscriminatorSpec TwoLayers = SmallSpecs.Discriminator with { Channels = [3, 5], Norm = DiscriminatorNorm.None };

    /// <summary>
    /// At 8 x 8: 3 to 2 channels (3456), 2 to 4 at 4 x 4 (1152); up 4 to 2, where each of 64 outputs sees one tap of 4 channels (512);
    /// 4 to 2 (4608); 1x1 to 4 classes (512).
    /// </summary>
    [Fact]
    public void Segmentor_OfTwoLevels_IsCountedByHand() =>
        Assert.Equal(3456 + 1152 + 512 + 4608 + 512, TrainingWork.Forward(TwoLevels, 8, CohortLayout.Paper));

    /// <summary>
    /// A second convolution at each place: 2 to 2 twice (2304 each), 4 to 4 at 4 x 4 (2304); nearest and 3x3 up: 4608 instead of 512.
    /// </summary>
    [Fact]
    public void Segmentor_WithOtherReadings_IsCountedByHand() => Assert.Equal(
        3456 + 1152 + 4608 + 4608 + 512 + (3 * 2304),
        TrainingWork.Forward(TwoLevels with { ConvolutionsPerLevel = 2, Upsampling = Upsampling.NearestConvolution }, 8, CohortLayout.Paper));

    /// <summary>7 to 3 channels at 4 x 4 (3024), 3 to 5 at 2 x 2 (540), dense 5 to 1; with a first stride of 1 at 8 x 8 and 4 x 4.</summary>
    [Fact]
    public void Discriminator_OfTwoLayers_IsCountedByHand()
    {
        Assert.Equal(3024 + 540 + 5, TrainingWork.Forward(TwoLayers, 8, CohortLayout.Paper));
        Assert.Equal((4 * 3024) + (4 * 540) + 5, TrainingWork.Forward(TwoLayers with { FirstStride = 1 }, 8, CohortLayout.Paper));
    }

    /// <summary>
    /// Summed layer by layer over the paper's lists: encoder 416 to 26 pixels, four 2x2 transposed convolutions, decoder, head; D 208 to 7
    /// pixels and its dense output.
    /// </summary>
    [Fact]
    public void Networks_OfThePaper_AreTheSumsOfTheirListedLayers()
    {
        VariantSpec adversarial = Presets.Spec("paper").Variants[1];

        Assert.Equal(69_809_405_952, TrainingWork.Forward(adversarial.Segmentor, 416, CohortLayout.Paper));
        Assert.Equal(3_196_699_648, TrainingWork.Forward(adversarial.Scheme.AdversaryOrNull!.Network, 416, CohortLayout.Paper));
    }

    /// <summary>
    /// 10 steps of 5 samples, 7 predicted slices. Cross-entropy: forward and backward are 3 S. Adversarial: 3 S, then D forward and back to
    /// its input, 2 D; and 3 times S's maps, S, and D on two maps, 6 D.
    /// </summary>
    [Fact]
    public void Run_OfEachKind_IsItsStepsAndItsPredictions()
    {
        (double s, double d) = (TrainingWork.Forward(TwoLevels, 8, CohortLayout.Paper), TrainingWork.Forward(TwoLayers, 8, CohortLayout.Paper));
        AdamSpec adam = new() { LearningRate = 1, Beta1 = 0, Beta2 = 0, HalveEvery = 0 };
        VariantSpec crossEntropy =
            Presets.Spec("smoke").Variants[0] with { Segmentor = TwoLevels, Scheme = new CrossEntropyScheme { Optimizer = adam } };
        crossEntropy = crossEntropy with { Protocol = crossEntropy.Protocol with { CropSize = 8, Steps = 10, BatchSize = 5 } };
        VariantSpec adversarial = crossEntropy with
        {
            Scheme =
                new AdversarialScheme { Optimizer = adam, Adversary = new() { Network = TwoLayers, Optimizer = adam, StepsPerSegmentorStep = 3 } },
        };

        Assert.Equal(2 * ((50 * 3 * s) + (7 * s)), TrainingWork.Operations(crossEntropy, 7, CohortLayout.Paper));
        Assert.Equal(2 * ((50 * ((3 * s) + (2 * d) + (3 * s) + (18 * d))) + (7 * s)), TrainingWork.Operations(adversarial, 7, CohortLayout.Paper));
    }

    /// <summary>The first convolution reads 1 channel instead of 3 (1152, not 3456), the last gives 16 classes, not 4 (2048, not 512).</summary>
    [Fact]
    public void Networks_OfAnotherLayout_AreCountedByHand()
    {
        CohortLayout layout = new(["T2w"], [.. Enumerable.Range(0, 16).Select(i => $"{i}")]);

        Assert.Equal(1152 + 1152 + 512 + 4608 + 2048, TrainingWork.Forward(TwoLevels, 8, layout));
        Assert.Equal((3024.0 / 7 * 17) + 540 + 5, TrainingWork.Forward(TwoLayers, 8, layout));
    }
}

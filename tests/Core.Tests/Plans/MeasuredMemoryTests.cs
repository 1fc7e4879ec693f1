using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Tests.Plans;

public sealed class MeasuredMemoryTests
{
    private const string Results = """
        {"parts": [
          {"part": "doctor", "values": {"peer": {"memoryMb": 10000}}},
          {"part": "memory", "values": {"table": [
            {"preset": "big", "precision": "fp32", "size": 1000, "first": 2500, "further": 2000, "shown": "2,500 MB"},
            {"preset": "small", "precision": "fp32", "size": 100, "first": 700, "further": 200}]}}
        ]}
        """;

    private static readonly MeasuredMemory Memory = Read(Results)!;

    /// <summary>
    /// Of 10,000 MB 9,500 may be used. Above the largest size the 500 MB that only the first takes stay, and 2,000 MB become 4,000.
    /// </summary>
    [Theory]
    [InlineData(100, 1 + 44)]
    [InlineData(50, 1 + 44)]
    [InlineData(101, 1 + 3)]
    [InlineData(1000, 1 + 3)]
    [InlineData(2000, 1 + 1)]
    [InlineData(1e6, 1)]
    public void Fitting_OfASize_CountsByTheNextLargerThatWasMeasured(double size, int expected) =>
        Assert.Equal(expected, Memory.Fitting(size, Precision.Fp32, Memory.Megabytes!.Value));

    [Fact]
    public void Fitting_OfAPrecisionThatWasNotMeasured_IsNotKnown() => Assert.Null(Memory.Fitting(100, Precision.Bf16, 10_000));

    [Fact]
    public void SizeOf_APreset_IsBatchTimesPixelsTimesChannels()
    {
        VariantSpec variant = Yaml.Presets.Spec("smoke").Variants[0];

        Assert.Equal((double)variant.Protocol.BatchSize * 32 * 32 * variant.Segmentor.Width, SizeOf(variant, CohortLayout.Paper));
    }

    /// <summary>8 channels and 16 classes are 17 planes more than the paper's 7; 17 / 4 channels of S's width.</summary>
    [Fact]
    public void SizeOf_ALayoutOfMorePlanes_GrowsByTheirNumber_AndOfFewerStays()
    {
        VariantSpec variant = Yaml.Presets.Spec("smoke").Variants[0];
        CohortLayout Of(int channels, int classes) =>
            new([.. Enumerable.Range(0, channels).Select(i => $"c{i}")], [.. Enumerable.Range(0, classes).Select(i => $"k{i}")]);

        double paper = SizeOf(variant, CohortLayout.Paper);
        Assert.Equal(paper * (variant.Segmentor.Width + 4.25) / variant.Segmentor.Width, SizeOf(variant, Of(8, 16)), 6);
        Assert.Equal(SizeOf(variant, Of(8, 4)), SizeOf(variant, Of(3, 9)));
        Assert.Equal(paper, SizeOf(variant, Of(1, 2)));
    }

    [Theory]
    [InlineData("""{"parts": []}""")]
    [InlineData("""{"parts": [{"part": "memory", "values": {}}]}""")]
    [InlineData("""{"parts": [{"part": "memory", "values": {"table": []}}]}""")]
    public void Read_WithoutThePart_IsNothing(string results) => Assert.Null(Read(results));

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("not json")]
    [InlineData("""{"parts": [{"part": "memory", "values": {"table": [{"size": "x"}]}}]}""")]
    public void Read_OfAnotherFile_IsRefused(string results) =>
        Assert.Contains("'f' is no results.json", Assert.Throws<SpecException>(() => Read(results)).Message, StringComparison.Ordinal);

    private static double SizeOf(VariantSpec variant, CohortLayout layout) =>
        MeasuredMemory.SizeOf(variant.Protocol, variant.Segmentor, layout);

    private static MeasuredMemory? Read(string results) => MeasuredMemory.Read(Encoding.UTF8.GetBytes(results), "f");
}

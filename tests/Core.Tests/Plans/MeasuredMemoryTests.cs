using System.Text;
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

        Assert.Equal(
            (double)variant.Protocol.BatchSize * 32 * 32 * variant.Segmentor.Width, MeasuredMemory.SizeOf(variant.Protocol, variant.Segmentor));
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

    private static MeasuredMemory? Read(string results) => MeasuredMemory.Read(Encoding.UTF8.GetBytes(results), "f");
}

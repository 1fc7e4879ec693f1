using System.Text.Json;
using AdvSeg.Imaging.Filters;

namespace AdvSeg.Imaging.Tests;

/// <summary>Against SciPy: Reference/filters.py made Reference/filters.json.</summary>
public sealed class FilterTests
{
    private static readonly Pins Reference = JsonSerializer.Deserialize<Pins>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "filters.json")), JsonSerializerOptions.Web)!;

    [Theory]
    [InlineData(BorderMode.Wrap, 0.3)]
    [InlineData(BorderMode.Wrap, 0.8)]
    [InlineData(BorderMode.Wrap, 2.0)]
    [InlineData(BorderMode.Wrap, 4.0)]
    [InlineData(BorderMode.Reflect, 0.3)]
    [InlineData(BorderMode.Reflect, 0.8)]
    [InlineData(BorderMode.Reflect, 2.0)]
    [InlineData(BorderMode.Reflect, 4.0)]
    public void GaussianBlur_OfAnImage_IsScipys(BorderMode mode, double sigma)
    {
        Blur pin = Reference.Blurs.Single(blur => blur.Sigma == sigma && Enum.Parse<BorderMode>(blur.Mode, ignoreCase: true) == mode);
        double[] blurred = GaussianBlur.Apply(Reference.Image, Reference.Size, sigma, mode);
        Assert.Equal(pin.Values.Length, blurred.Length);
        Assert.All(pin.Values.Zip(blurred), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void Bilinear_InsideAndBeyondTheBorder_IsScipys() => Assert.All(
        Reference.Points.Zip(Reference.Sampled),
        pair => Assert.Equal(pair.Second, Bilinear.Sample(Reference.Image, Reference.Size, pair.First[0], pair.First[1]), 1e-12));

    private sealed record Blur(double Sigma, string Mode, double[] Values);

    private sealed record Pins(int Size, double[] Image, Blur[] Blurs, double[][] Points, double[] Sampled);
}

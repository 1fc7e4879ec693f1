using AdvSeg.Core.Cohorts;
using AdvSeg.Reporting.Figures;
using SkiaSharp;

namespace AdvSeg.Reporting.Tests;

/// <summary>Classes are told apart by the colours of their outlines and areas, translucent over grey.</summary>
public sealed class OutlineColourTests
{
    private const int Others = CohortLayout.MostClasses - 2;
    private const double Opacity = 150 / 255.0;
    private static readonly byte[] Greys = [40, 110, 180];

    /// <summary>Distances of CIELAB 1976; 10 is seen at a glance side by side. The two blues are the paper's zones, one light and one dark.</summary>
    [Theory]
    [InlineData(6, 25)]
    [InlineData(Others, 20)]
    public void Colours_OfTheFirstClasses_LieApartFromEachOtherAndFromTheExperts(int count, double least)
    {
        SKColor[] colours = [.. Enumerable.Range(0, count).Select(SliceDrawing.ColourOf)];
        IEnumerable<(int, int, double)> near =
            from first in Enumerable.Range(0, count)
            from second in Enumerable.Range(first + 1, count - first - 1)
            where (first, second) != (0, 1)
            let distance = Greys.Min(grey => Distance(Over(colours[first], grey), Over(colours[second], grey)))
            where distance < least
            select (first, second, distance);

        Assert.Empty(near);
        Assert.All(colours, colour => Assert.InRange(Greys.Min(grey => Distance(Over(colour, grey), Rgb(Palette.Expert))), least, 300));
        Assert.Equal(count, Enumerable.Range(0, count).Select(SliceDrawing.NameOf).Distinct().Count());
    }

    private static double[] Rgb(SKColor colour) => [colour.Red, colour.Green, colour.Blue];

    private static double[] Over(SKColor colour, byte grey) => [.. Rgb(colour).Select(value => (Opacity * value) + ((1 - Opacity) * grey))];

    private static double Distance(double[] first, double[] second) =>
        Math.Sqrt(Lab(first).Zip(Lab(second), (a, b) => (a - b) * (a - b)).Sum());

    /// <summary>sRGB, 0 to 255, as CIELAB under D65 (IEC 61966-2-1, CIE 15).</summary>
    private static double[] Lab(double[] rgb)
    {
        double[] linear = [.. rgb.Select(v => v / 255).Select(c => c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4))];
        double Along(double r, double g, double b) => (r * linear[0]) + (g * linear[1]) + (b * linear[2]);
        double F(double t) => t > 216.0 / 24389 ? Math.Cbrt(t) : ((24389.0 / 27 * t) + 16) / 116;
        double x = F(Along(0.4124564, 0.3575761, 0.1804375) / 0.95047);
        double y = F(Along(0.2126729, 0.7151522, 0.0721750));
        double z = F(Along(0.0193339, 0.1191920, 0.9503041) / 1.08883);
        return [(116 * y) - 16, 500 * (x - y), 200 * (y - z)];
    }
}

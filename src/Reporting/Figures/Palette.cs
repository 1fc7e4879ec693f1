using ScottPlot;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// One colour and marker per variant, by its place in the spec, in every figure. Colours of Okabe and Ito (2008), which stay apart under
/// the common colour-vision deficiencies; markers repeat the distinction without colour.
/// </summary>
internal static class Palette
{
    public static readonly SKColor Ink = SKColor.Parse("#222222");
    public static readonly SKColor Muted = SKColor.Parse("#6b6b6b");
    public static readonly SKColor Rule = SKColor.Parse("#d9d9d9");
    public static readonly SKColor Expert = SKColor.Parse("#F0E442");

    private static readonly string[] Colours = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];

    private static readonly MarkerShape[] Markers =
        [MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond, MarkerShape.FilledTriangleDown];

    public static SKColor Of(int variant) => SKColor.Parse(Colours[variant % Colours.Length]);

    public static Color Plot(int variant) => Color.FromSKColor(Of(variant));

    /// <summary>How opaque a box is: neighbours differ in lightness, too.</summary>
    public static double Fill(int variant) => new[] { 0.08, 0.55, 0.28, 0.75 }[variant % 4];

    /// <summary>The corners of <see cref="Marker"/>.</summary>
    public static SKPoint[] Outline(int variant, SKPoint centre, float radius)
    {
        SKPoint At(double degrees) => new(
            centre.X + (float)(radius * Math.Cos(degrees * Math.PI / 180)), centre.Y - (float)(radius * Math.Sin(degrees * Math.PI / 180)));
        double[] corners = (variant % Markers.Length) switch
        {
            0 => [.. Enumerable.Range(0, 24).Select(i => i * 15.0)],
            1 => [45, 135, 225, 315],
            2 => [90, 210, 330],
            3 => [0, 90, 180, 270],
            _ => [30, 150, 270],
        };
        return [.. corners.Select(At)];
    }

    public static MarkerShape Marker(int variant) => Markers[variant % Markers.Length];

    public static Color Plot(this SKColor colour) => Color.FromSKColor(colour);
}

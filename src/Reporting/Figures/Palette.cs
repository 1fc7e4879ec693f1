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

    public static MarkerShape Marker(int variant) => Markers[variant % Markers.Length];

    public static Color Plot(this SKColor colour) => Color.FromSKColor(colour);
}

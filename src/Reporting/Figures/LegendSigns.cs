using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>Signs of a legend: 14 points wide, from their left end at the middle of a line.</summary>
internal static class LegendSigns
{
    /// <summary>A variant's box: its fill differs in lightness too, for print without colour.</summary>
    public static void Box(SKCanvas canvas, float x, float y, int variant)
    {
        using SKPaint fill = new() { Color = Palette.Of(variant).WithAlpha((byte)(255 * Palette.Fill(variant))), IsAntialias = true };
        using SKPaint line = new() { Color = Palette.Of(variant), IsStroke = true, StrokeWidth = 0.9f, IsAntialias = true };
        SKRect box = new(x, y - 3.5f, x + 14, y + 3.5f);
        canvas.DrawRect(box, fill);
        canvas.DrawRect(box, line);
        using SKPaint dot = new() { Color = Palette.Of(variant), IsAntialias = true };
        using SKPath path = new();
        path.AddPoly(Palette.Outline(variant, new(x + 7, y), 2.4f), close: true);
        canvas.DrawPath(path, dot);
    }

    public static void Band(SKCanvas canvas, float x, float y)
    {
        using SKPaint band = new() { Color = Palette.Ink.WithAlpha(38) };
        canvas.DrawRect(x, y - 3.5f, 14, 7, band);
        Pen.Line(canvas, new(x, y), new(x + 14, y), Palette.Ink, 0.7f);
    }

    public static void Cross(SKCanvas canvas, float x, float y)
    {
        Pen.Line(canvas, new(x + 5, y - 2), new(x + 9, y + 2), Palette.Ink, 1);
        Pen.Line(canvas, new(x + 5, y + 2), new(x + 9, y - 2), Palette.Ink, 1);
    }

    public static void Beyond(SKCanvas canvas, float x, float y)
    {
        Pen.Line(canvas, new(x + 7, y - 3), new(x + 7, y + 3), Palette.Ink, 1);
        Pen.Line(canvas, new(x + 5, y + 1), new(x + 7, y + 3), Palette.Ink, 1);
        Pen.Line(canvas, new(x + 9, y + 1), new(x + 7, y + 3), Palette.Ink, 1);
    }
}

using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

internal enum Align
{
    Left,
    Centre,
    Right,
}

/// <summary>Text and lines in points on a canvas.</summary>
internal static class Pen
{
    /// <summary>Draws one line of text with its baseline at y; returns its width.</summary>
    public static float Text(SKCanvas canvas, string text, float x, float y, float size, SKColor colour, bool bold = false, Align align = Align.Left)
    {
        using SKFont font = ReportFont.Font(size, bold);
        using SKPaint paint = new() { Color = colour, IsAntialias = true };
        float width = font.MeasureText(text);
        float left = align switch { Align.Left => x, Align.Centre => x - (width / 2), Align.Right => x - width };
        canvas.DrawText(text, left, y, SKTextAlign.Left, font, paint);
        return width;
    }

    public static float Width(string text, float size, bool bold = false)
    {
        using SKFont font = ReportFont.Font(size, bold);
        return font.MeasureText(text);
    }

    public static void Line(SKCanvas canvas, SKPoint from, SKPoint to, SKColor colour, float width)
    {
        using SKPaint paint = new() { Color = colour, StrokeWidth = width, IsStroke = true, IsAntialias = true };
        canvas.DrawLine(from, to, paint);
    }
}

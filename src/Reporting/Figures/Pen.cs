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
        float left = align switch { Align.Left => x, Align.Centre => x - (width / 2), _ => x - width };
        canvas.DrawText(text, left, y, SKTextAlign.Left, font, paint);
        return width;
    }

    public static float Width(string text, float size, bool bold = false)
    {
        using SKFont font = ReportFont.Font(size, bold);
        return font.MeasureText(text);
    }

    /// <summary>Breaks a text at spaces into lines of at most a width; a longer word has a line of its own.</summary>
    public static IReadOnlyList<string> Wrap(string text, float width, float size)
    {
        using SKFont font = ReportFont.Font(size);
        List<string> lines = [];
        string line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = line.Length == 0 ? word : $"{line} {word}";
            if (line.Length > 0 && font.MeasureText(longer) > width)
            {
                lines.Add(line);
                longer = word;
            }

            line = longer;
        }

        return line.Length == 0 ? lines : [.. lines, line];
    }

    /// <summary>Draws wrapped lines; returns the height used.</summary>
    public static float Paragraph(SKCanvas canvas, IReadOnlyList<string> lines, float x, float top, float size, SKColor colour)
    {
        float pitch = size * 1.3f;
        for (int i = 0; i < lines.Count; i++)
        {
            Text(canvas, lines[i], x, top + size + (i * pitch), size, colour);
        }

        return lines.Count * pitch;
    }

    public static void Line(SKCanvas canvas, SKPoint from, SKPoint to, SKColor colour, float width)
    {
        using SKPaint paint = new() { Color = colour, StrokeWidth = width, IsStroke = true, IsAntialias = true };
        canvas.DrawLine(from, to, paint);
    }
}

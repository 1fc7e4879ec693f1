using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>Signs with their words, in as many lines as a width needs.</summary>
internal sealed class FigureLegend
{
    private const float SignWidth = 16;
    private const float Gap = 10;
    private const float Pitch = 10;
    private readonly List<(float X, int Line, string Text, Action<SKCanvas, float, float> Sign)> _placed = [];

    /// <param name="entries">Each with what draws its sign, 14 points wide, from its left end at the middle of the line.</param>
    /// <param name="width">Of the legend.</param>
    public FigureLegend(IEnumerable<(string Text, Action<SKCanvas, float, float> Sign)> entries, float width)
    {
        (float x, int line) = (0, 0);
        foreach (var (text, sign) in entries)
        {
            float own = SignWidth + Pen.Width(text, FigureFormat.Type) + Gap;
            if (x > 0 && x + own - Gap > width)
            {
                (x, line) = (0, line + 1);
            }

            _placed.Add((x, line, text, sign));
            x += own;
        }

        Height = (line + 1) * Pitch;
    }

    public float Height { get; }

    public void Draw(SKCanvas canvas, float left, float top)
    {
        foreach (var (x, line, text, sign) in _placed)
        {
            float middle = top + (line * Pitch) + (Pitch / 2);
            sign(canvas, left + x, middle);
            Pen.Text(canvas, text, left + x + SignWidth, middle + 2.5f, FigureFormat.Type, Palette.Ink);
        }
    }
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Reporting.Figures;
using SkiaSharp;

namespace AdvSeg.Reporting.Cohorts;

/// <summary>Patients of a cohort beside each other on one bitmap, drawn as they are read: one of them is in memory.</summary>
public sealed class ContactSheet : IDisposable
{
    private const float Side = 110;
    private const float Margin = 14;
    private const float Header = 68;
    private const float LegendTop = 32;
    private const float LegendSquare = 8;
    private const float LegendGap = 12;
    private const float CaptionHeight = 16;
    private const float Between = 18;
    private const int MostColumns = 3;

    private readonly int _channels;
    private readonly int _columns;
    private readonly SKBitmap _bitmap;
    private readonly SKCanvas _canvas;
    private int _drawn;

    /// <param name="manifest">Of the cohort.</param>
    /// <param name="count">How many patients will be drawn.</param>
    public ContactSheet(CohortManifest manifest, int count)
    {
        _channels = manifest.Channels.Count;
        _columns = Math.Clamp(count, 1, MostColumns);
        int rows = (Math.Max(count, 1) + _columns - 1) / _columns;
        float width = (2 * Margin) + (_columns * (PatientPicture.WidthOf(Side, _channels) + Between)) - Between;
        float height = Header + (rows * (Side + CaptionHeight + Between)) + Margin;
        _bitmap = new SKBitmap((int)Math.Ceiling(width), (int)Math.Ceiling(height));
        _canvas = new SKCanvas(_bitmap);
        _canvas.Clear(SKColors.White);
        Title(manifest, count, width);
    }

    public void Add(CohortVolume patient)
    {
        float left = Left(_drawn % _columns);
        float top = Header + (_drawn / _columns * (Side + CaptionHeight + Between));
        PatientPicture.Draw(_canvas, patient, left, top, Side);
        Fitted(PatientPicture.Caption(patient), left, top + Side + 12, PatientPicture.WidthOf(Side, _channels), 10.5f, Palette.Ink);
        _drawn++;
    }

    public byte[] Png()
    {
        _canvas.Flush();
        using SKData data = _bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public void Dispose()
    {
        _canvas.Dispose();
        _bitmap.Dispose();
    }

    private float Left(int column) => Margin + (column * (PatientPicture.WidthOf(Side, _channels) + Between));

    private void Title(CohortManifest manifest, int count, float width)
    {
        string part = count < manifest.Patients.Count ? $", the first {count} of {manifest.Patients.Count} patients" : $", {count} patients";
        Fitted($"{manifest.Description}{part}", Margin, 22, width - (2 * Margin), 13, Palette.Ink);
        Legend(PatientPicture.Legend(manifest.Layout), width - (2 * Margin));
        string[] titles = [.. manifest.Channels, "labels"];
        for (int column = 0; column < _columns; column++)
        {
            for (int i = 0; i < titles.Length; i++)
            {
                float middle = Left(column) + (i * (Side + PatientPicture.Gap)) + (Side / 2);
                float size = Math.Min(10, 10 * Side / Pen.Width(titles[i], 10));
                Pen.Text(_canvas, titles[i], middle, Header - 6, size, Palette.Muted, align: Align.Centre);
            }
        }
    }

    /// <summary>A square of each class's colour before its name; smaller where they are many.</summary>
    private void Legend(IReadOnlyList<(string Name, string Colour, SKColor Drawn)> classes, float width)
    {
        const float Size = 9.5f;
        float WidthOf(string name) => LegendSquare + 4 + Pen.Width(name, Size) + LegendGap;
        float scale = Math.Min(1, width / classes.Sum(drawn => WidthOf(drawn.Name)));
        float left = Margin;
        foreach ((string name, _, SKColor colour) in classes)
        {
            using SKPaint fill = new() { Color = colour };
            _canvas.DrawRect(SKRect.Create(left, LegendTop, LegendSquare * scale, LegendSquare), fill);
            Pen.Text(_canvas, name, left + ((LegendSquare + 4) * scale), LegendTop + LegendSquare, Size * scale, Palette.Ink);
            left += WidthOf(name) * scale;
        }
    }

    /// <summary>Text that is too wide is set smaller.</summary>
    private void Fitted(string text, float left, float baseline, float width, float size, SKColor colour) =>
        Pen.Text(_canvas, text, left, baseline, Math.Min(size, size * width / Pen.Width(text, size)), colour);
}

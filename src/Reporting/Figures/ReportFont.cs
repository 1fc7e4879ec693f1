using ScottPlot;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// Liberation Sans from this assembly (Fonts/LICENSE.txt, SIL OFL 1.1): figures must look the same on a laptop and in a container where no
/// font is installed, in which Skia would draw no text at all.
/// </summary>
internal sealed class ReportFont : IFontResolver
{
    public const string Name = "Liberation Sans";

    private static readonly SKTypeface Regular = Load("LiberationSans-Regular.ttf");
    private static readonly SKTypeface Bold = Load("LiberationSans-Bold.ttf");

    static ReportFont() => Fonts.FontResolvers.Insert(0, new ReportFont());

    private ReportFont()
    {
    }

    /// <summary>The typeface; calling it also makes the font known to ScottPlot.</summary>
    public static SKTypeface Face(bool bold) => bold ? Bold : Regular;

    public static SKFont Font(float size, bool bold = false) =>
        new(Face(bold), size) { Edging = SKFontEdging.Antialias, Subpixel = true, Hinting = SKFontHinting.None };

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName == Name ? Face(weight >= FontWeight.SemiBold) : null;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, bold ? FontWeight.Bold : FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);

    private static SKTypeface Load(string resource)
    {
        using Stream data = typeof(ReportFont).Assembly.GetManifestResourceStream(resource)!;
        return SKTypeface.FromStream(data);
    }
}

using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using SkiaSharp;

namespace AdvSeg.Reporting;

/// <summary>Replaces every text element of an SVG by Skia, which only names a font, by the outlines of its glyphs.</summary>
internal static class SvgOutlines
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    public static byte[] FromText(byte[] svg, SKSize size)
    {
        XDocument document = XDocument.Parse(Encoding.UTF8.GetString(svg), LoadOptions.PreserveWhitespace);
        foreach (XElement text in document.Descendants(Svg + "text").ToList())
        {
            text.ReplaceWith(Outline(text));
        }

        document.Root!.SetAttributeValue("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {size.Width} {size.Height}"));
        using MemoryStream stream = new();
        using (XmlWriter writer = XmlWriter.Create(stream, new() { Encoding = new UTF8Encoding(false), NewLineChars = "\n" }))
        {
            document.Save(writer);
        }

        return stream.ToArray();
    }

    /// <summary>Skia writes one x per character, and one y for all of them or one per character.</summary>
    private static XElement Outline(XElement text)
    {
        float[] x = Numbers(text, "x");
        float[] y = Numbers(text, "y");
        bool bold = (string?)text.Attribute("font-weight") is { } weight && weight is "bold" or "600" or "700" or "800" or "900";
        using SKFont font = ReportFont.Font((float)text.Attribute("font-size")!, bold);
        using SKPath path = new();
        string content = text.Value.TrimEnd('\n', '\r');
        for (int i = 0; i < content.Length; i++)
        {
            using SKPath? glyph = font.GetGlyphPath(font.GetGlyph(content[i]));
            if (glyph is not null && i < x.Length)
            {
                path.AddPath(glyph, x[i], y[Math.Min(i, y.Length - 1)]);
            }
        }

        XElement outline = new(Svg + "path", new XAttribute("d", path.ToSvgPathData()), new XAttribute("aria-label", content));
        outline.Add(text.Attributes().Where(a => a.Name.LocalName is "fill" or "fill-opacity" or "opacity" or "transform" or "clip-path"));
        return outline;
    }

    private static float[] Numbers(XElement text, string name) =>
        [.. ((string)text.Attribute(name)!).Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(n => float.Parse(n, CultureInfo.InvariantCulture))];
}

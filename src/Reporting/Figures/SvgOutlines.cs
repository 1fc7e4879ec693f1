using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>Replaces every text element of an SVG by Skia, which only names a font, by the outlines of its glyphs.</summary>
internal static class SvgOutlines
{
    /// <summary>Of Liberation Sans: at this size outlines have whole-number coordinates.</summary>
    private const int UnitsPerEm = 2048;

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly XNamespace XLink = "http://www.w3.org/1999/xlink";

    public static byte[] FromText(byte[] svg, SKSize size)
    {
        XDocument document = XDocument.Parse(Encoding.UTF8.GetString(svg), LoadOptions.PreserveWhitespace);
        SortedDictionary<string, string> glyphs = new(StringComparer.Ordinal);
        foreach (XElement text in document.Descendants(Svg + "text").ToList())
        {
            text.ReplaceWith(Outline(text, glyphs));
        }

        document.Root!.AddFirst(new XElement(Svg + "defs", glyphs.Where(g => g.Value.Length > 0)
            .Select(g => new XElement(Svg + "path", new XAttribute("id", g.Key), new XAttribute("d", g.Value)))));

        RenumberClips(document);
        document.Root.SetAttributeValue("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {size.Width} {size.Height}"));
        using MemoryStream stream = new();
        using (XmlWriter writer = XmlWriter.Create(stream, new() { Encoding = new UTF8Encoding(false), NewLineChars = "\n" }))
        {
            document.Save(writer);
        }

        return stream.ToArray();
    }

    /// <summary>
    /// Skia writes one x per character, and one y for all of them or one per character. Each glyph is drawn once, in font units under
    /// <c>defs</c>, and used by reference, which keeps a figure a tenth of the size.
    /// </summary>
    private static XElement Outline(XElement text, SortedDictionary<string, string> glyphs)
    {
        float[] x = Numbers(text, "x");
        float[] y = Numbers(text, "y");
        bool bold = (string?)text.Attribute("font-weight") is "bold" or "600" or "700" or "800" or "900";
        float scale = (float)text.Attribute("font-size")! / UnitsPerEm;
        string content = text.Value.Trim('\n', '\r', '\t');
        XElement outline = new(Svg + "g", new XAttribute("aria-label", content));
        outline.Add(text.Attributes().Where(a => a.Name.LocalName is "fill" or "fill-opacity" or "opacity" or "transform" or "clip-path"));
        for (int i = 0; i < Math.Min(content.Length, x.Length); i++)
        {
            if (Glyph(content[i], bold, glyphs) is { } id)
            {
                string place = string.Create(
                    CultureInfo.InvariantCulture, $"translate({x[i]:0.###} {y[Math.Min(i, y.Length - 1)]:0.###}) scale({scale:0.######})");
                outline.Add(new XElement(Svg + "use", new XAttribute(XLink + "href", $"#{id}"), new XAttribute("transform", place)));
            }
        }

        return outline;
    }

    /// <summary>The id of a character's outline, made when it is new; null for a blank.</summary>
    private static string? Glyph(char character, bool bold, SortedDictionary<string, string> glyphs)
    {
        string id = $"advseg-{(bold ? "b" : "r")}{(int)character:x}";
        if (!glyphs.TryGetValue(id, out string? data))
        {
            using SKFont font = ReportFont.Font(UnitsPerEm, bold);
            using SKPath? path = font.GetGlyphPath(font.GetGlyph(character));
            glyphs[id] = data = path?.ToSvgPathData() ?? "";
        }

        return data.Length == 0 ? null : id;
    }

    /// <summary>Skia counts clip paths over the whole process, so that the same figure would differ each time; here they count from 0.</summary>
    private static void RenumberClips(XDocument document)
    {
        Dictionary<string, string> names = [];
        foreach (XElement clip in document.Descendants(Svg + "clipPath"))
        {
            string name = $"advseg-clip{names.Count}";
            names[$"url(#{(string)clip.Attribute("id")!})"] = $"url(#{name})";
            clip.SetAttributeValue("id", name);
        }

        foreach (XAttribute use in document.Descendants().Attributes("clip-path").Where(a => names.ContainsKey(a.Value)))
        {
            use.Value = names[use.Value];
        }
    }

    private static float[] Numbers(XElement text, string name) =>
        [
            .. ((string)text.Attribute(name)!).Split([',', ' '], StringSplitOptions.RemoveEmptyEntries).Select(
                n => float.Parse(n, CultureInfo.InvariantCulture)),
        ];
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Imaging.Filters;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>One slice's image and outlines of its classes in a square of the canvas.</summary>
internal static class SliceDrawing
{
    /// <summary>
    /// Colours of the classes beyond the target, in their order: the blues of the paper's zones, then always the colour that lies farthest
    /// (CIEDE2000, translucent over three greys) from all before it and from the expert's yellow. The first six are 23 apart or more, except the two
    /// blues; any two are 13 apart or more.
    /// </summary>
    private static readonly (string Name, SKColor Colour)[] OtherClasses =
    [
        ("light blue", SKColor.Parse("#b9e3ff")), ("dark blue", SKColor.Parse("#4f8fc0")), ("magenta", SKColor.Parse("#ff00c8")),
        ("red", SKColor.Parse("#ff3b30")), ("dark green", SKColor.Parse("#1b6b2a")), ("rose", SKColor.Parse("#ffb3d9")),
        ("mint", SKColor.Parse("#aaffc3")), ("brown", SKColor.Parse("#9a6324")), ("indigo", SKColor.Parse("#4b2bb0")),
        ("maroon", SKColor.Parse("#8c0033")), ("apricot", SKColor.Parse("#ffd8b1")), ("dark teal", SKColor.Parse("#007f7f")),
        ("olive", SKColor.Parse("#808000")), ("green", SKColor.Parse("#3cb44b")),
    ];

    /// <summary>Grey levels from the 1st to the 99th percentile of what is shown.</summary>
    public static void Image(SKCanvas canvas, CohortVolume patient, int slice, int channel, SKRect cell) =>
        Grey(canvas, GreyLevels.Of(patient.SliceImage(slice, channel)), patient.Size, cell);

    public static void Grey(SKCanvas canvas, byte[] levels, int size, SKRect cell)
    {
        using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(size, size, SKColorType.Gray8, SKAlphaType.Opaque), levels);
        canvas.DrawImage(image, cell, new SKSamplingOptions(SKCubicResampler.Mitchell));
    }

    /// <summary>The colour of a class beyond the target, 0 the first of them.</summary>
    public static string NameOf(int other) => OtherClasses[other].Name;

    public static SKColor ColourOf(int other) => OtherClasses[other].Colour;

    /// <summary>
    /// Areas of the classes beyond the target, tinted: where many of them touch, an outline does not tell on which of its sides a class lies.
    /// </summary>
    public static void Areas(SKCanvas canvas, ReadOnlySpan<byte> labels, int size, SKRect cell)
    {
        const int First = (int)LabelClass.Tumour + 1;
        for (int other = 0; other < OtherClasses.Length; other++)
        {
            Area(canvas, labels, size, (LabelClass)(First + other), cell, OtherClasses[other].Colour.WithAlpha(150));
        }
    }

    /// <summary>Outlines of the classes beyond the target.</summary>
    public static void Others(SKCanvas canvas, ReadOnlySpan<byte> labels, int size, SKRect cell)
    {
        const int First = (int)LabelClass.Tumour + 1;
        for (int other = 0; other < OtherClasses.Length; other++)
        {
            if (labels.Contains((byte)(First + other)))
            {
                // Translucent: a network that was trained little draws zones all over, and its tumour is what is to be seen.
                Outline(canvas, labels, size, (LabelClass)(First + other), cell, OtherClasses[other].Colour.WithAlpha(150), 0.35f);
            }
        }
    }

    /// <summary>The tumour's pixels, tinted, with their outline.</summary>
    public static void Tumour(SKCanvas canvas, ReadOnlySpan<byte> labels, int size, SKRect cell, SKColor colour)
    {
        Area(canvas, labels, size, LabelClass.Tumour, cell, colour.WithAlpha(120));
        Outline(canvas, labels, size, LabelClass.Tumour, cell, colour, 0.9f);
    }

    private static void Area(SKCanvas canvas, ReadOnlySpan<byte> labels, int size, LabelClass label, SKRect cell, SKColor tint)
    {
        using SKPath area = new();
        float pixel = cell.Width / size;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == (byte)label)
            {
                area.AddRect(SKRect.Create(cell.Left + (i % size * pixel), cell.Top + (i / size * pixel), pixel, pixel));
            }
        }

        using SKPaint paint = new() { Color = tint, IsAntialias = false };
        canvas.DrawPath(area, paint);
    }

    /// <summary>The edges between pixels of a class and all others.</summary>
    public static void Outline(SKCanvas canvas, ReadOnlySpan<byte> labels, int size, LabelClass label, SKRect cell, SKColor colour, float width)
    {
        using SKPath edges = new();
        float pixel = cell.Width / size;
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                bool inside = labels[(y * size) + x] == (byte)label;
                if (inside != (x + 1 < size && labels[(y * size) + x + 1] == (byte)label) && x + 1 < size)
                {
                    Edge(edges, cell, pixel, x + 1, y, x + 1, y + 1);
                }

                if (inside != (y + 1 < size && labels[((y + 1) * size) + x] == (byte)label) && y + 1 < size)
                {
                    Edge(edges, cell, pixel, x, y + 1, x + 1, y + 1);
                }
            }
        }

        using SKPaint pen = new() { Color = colour, IsStroke = true, StrokeWidth = width, IsAntialias = true, StrokeCap = SKStrokeCap.Square };
        canvas.DrawPath(edges, pen);
    }

    /// <summary>The central square of one slice of a label map.</summary>
    public static byte[] Centre(LabelMap map, int slice, int size)
    {
        int margin = (map.Size - size) / 2;
        var centre = new byte[size * size];
        for (int y = 0; y < size; y++)
        {
            map.Labels.AsSpan((((slice * map.Size) + margin + y) * map.Size) + margin, size).CopyTo(centre.AsSpan(y * size));
        }

        return centre;
    }

    private static void Edge(SKPath edges, SKRect cell, float pixel, int x0, int y0, int x1, int y1)
    {
        edges.MoveTo(cell.Left + (x0 * pixel), cell.Top + (y0 * pixel));
        edges.LineTo(cell.Left + (x1 * pixel), cell.Top + (y1 * pixel));
    }
}

using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>A drawing in points (1/72 inch) that every format exports alike.</summary>
internal abstract class Figure
{
    /// <summary>Pixels per point of bitmaps: 300 dots per inch.</summary>
    private const float BitmapScale = 300f / 72;

    public abstract SKSize Size { get; }

    public abstract void Draw(SKCanvas canvas);

    public byte[] Png()
    {
        using SKBitmap bitmap = new((int)(Size.Width * BitmapScale), (int)(Size.Height * BitmapScale));
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(SKColors.White);
        canvas.Scale(BitmapScale);
        Draw(canvas);
        canvas.Flush();
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Vector graphics with the used glyphs embedded. No dates, so that equal inputs give equal bytes.</summary>
    public byte[] Pdf()
    {
        using MemoryStream stream = new();
        SKDocumentPdfMetadata metadata = new() { RasterDpi = 300, EncodingQuality = 101, Producer = "AdvSeg" };
        using (SKDocument document = SKDocument.CreatePdf(stream, metadata))
        {
            Draw(document.BeginPage(Size.Width, Size.Height));
            document.EndPage();
            document.Close();
        }

        return stream.ToArray();
    }

    /// <summary>Vector graphics whose text is outlines, so that no viewer needs the font.</summary>
    public byte[] Svg()
    {
        using MemoryStream stream = new();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Size), stream))
        {
            using SKPaint paper = new() { Color = SKColors.White };
            canvas.DrawRect(SKRect.Create(Size), paper);
            Draw(canvas);
        }

        return SvgOutlines.FromText(stream.ToArray(), Size);
    }
}

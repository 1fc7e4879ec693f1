using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Runs;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// A slice of a preview as Fig. 2 shows a variant's column: S's tumour filled, S's other classes as thin outlines, the expert's tumour outlined in
/// yellow.
/// </summary>
public static class PreviewImage
{
    private const int SmallestSide = 400;

    /// <summary>What the pictures show, as text below them. A preview that names no classes has the paper's.</summary>
    public static string Caption(TrainingPreview preview) => "Yellow outline: expert tumour; filled: tumour of S"
        + GalleryFigure.Outlined(new([], preview.Classes ?? CohortLayout.Paper.Classes), "its ") + ".";

    /// <summary>PNG of a whole number of pixels per pixel of the slice, at least 400 wide.</summary>
    public static byte[] Png(PreviewSlice slice)
    {
        int scale = (SmallestSide + slice.Size - 1) / slice.Size;
        int side = scale * slice.Size;
        using SKBitmap bitmap = new(side, side);
        using SKCanvas canvas = new(bitmap);

        // Outlines are as wide as in the printed figure, whose columns are about 75 points.
        float points = side / 75f;
        canvas.Scale(points);
        SKRect cell = SKRect.Create(75, 75);
        SliceDrawing.Grey(canvas, slice.Image, slice.Size, cell);
        SliceDrawing.Others(canvas, slice.Predicted, slice.Size, cell);
        SliceDrawing.Tumour(canvas, slice.Predicted, slice.Size, cell, Palette.Of(0));
        SliceDrawing.Outline(canvas, slice.Expert, slice.Size, LabelClass.Tumour, cell, Palette.Expert, 0.7f);
        canvas.Flush();
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }
}

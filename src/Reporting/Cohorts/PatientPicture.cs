using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Reporting.Figures;
using SkiaSharp;

namespace AdvSeg.Reporting.Cohorts;

/// <summary>A patient's most telling slice: every channel, and the first one again with the expert's classes.</summary>
internal static class PatientPicture
{
    public const float Gap = 2;

    private const byte Background = (byte)LabelClass.Background;
    private const byte Tumour = (byte)LabelClass.Tumour;

    /// <summary>Width of the picture whose squares have the given side.</summary>
    public static float WidthOf(float side, int channels) => ((channels + 1) * (side + Gap)) - Gap;

    /// <summary>The slice with the most tumour; of patients without, the one with the most gland; of others the middle one.</summary>
    public static int SliceOf(CohortVolume patient)
    {
        int Most(Func<int, int> count) => Enumerable.Range(0, patient.Slices).MaxBy(count);
        int tumour = Most(slice => patient.SliceLabels(slice).Count(Tumour));
        int gland = Most(slice => patient.SliceLabels(slice).Length - patient.SliceLabels(slice).Count(Background));
        return patient.SliceLabels(tumour).Contains(Tumour) ? tumour
            : patient.SliceLabels(gland).ContainsAnyExcept(Background) ? gland
            : patient.Slices / 2;
    }

    public static void Draw(SKCanvas canvas, CohortVolume patient, float left, float top, float side)
    {
        int slice = SliceOf(patient);
        for (int channel = 0; channel < patient.Channels; channel++)
        {
            SliceDrawing.Image(canvas, patient, slice, channel, SKRect.Create(left + (channel * (side + Gap)), top, side, side));
        }

        SKRect last = SKRect.Create(left + (patient.Channels * (side + Gap)), top, side, side);
        SliceDrawing.Image(canvas, patient, slice, 0, last);
        SliceDrawing.Areas(canvas, patient.SliceLabels(slice), patient.Size, last);
        SliceDrawing.Outline(canvas, patient.SliceLabels(slice), patient.Size, LabelClass.Tumour, last, Palette.Expert, 1);
    }

    /// <summary>PNG of one patient.</summary>
    public static byte[] Png(CohortVolume patient, int side)
    {
        using SKBitmap bitmap = new((int)Math.Ceiling(WidthOf(side, patient.Channels)), side);
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(SKColors.White);
        Draw(canvas, patient, 0, 0, side);
        canvas.Flush();
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>The classes that are drawn, with their colours.</summary>
    public static IReadOnlyList<(string Name, string Colour, SKColor Drawn)> Legend(CohortLayout layout) =>
    [
        (layout.Classes[Tumour], "yellow", Palette.Expert),
        .. layout.Classes.Skip(Tumour + 1).Select((name, i) => (name, SliceDrawing.NameOf(i), SliceDrawing.ColourOf(i))),
    ];

    /// <summary>What stands below it.</summary>
    public static string Caption(CohortVolume patient)
    {
        int slice = SliceOf(patient);
        string tumour = patient.Positive ? $"{patient.TumourSlices} with tumour" : "no tumour";
        return $"{patient.Patient}: slice {slice}; {patient.Slices} slices, {tumour}";
    }
}

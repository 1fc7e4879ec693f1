using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>What can be wrong with one patient's slices, whatever the others'.</summary>
internal static class PatientChecks
{
    /// <summary>The largest tumour on a slice of PI-CAI has 2,037 mm2 (1,500 studies).</summary>
    private const double LargestTumour = 2100;

    /// <summary>
    /// Channels that correlate more are one image on two scales, rounded to single precision; two images of a person correlate less.
    /// </summary>
    private const double OneImage = 1 - 1e-7;

    /// <summary>A slice of a further channel shows something when more than one pixel of so many differs from its corner.</summary>
    private const int LeastShown = 16;

    /// <param name="volume">The patient.</param>
    /// <param name="layout">Channels and classes.</param>
    /// <param name="pixel">In-plane pixel side, mm.</param>
    public static IEnumerable<Finding> Of(CohortVolume volume, CohortLayout layout, double pixel) =>
        [.. Constants(volume, layout), .. Twice(volume, layout), .. Zones(volume, layout), .. Areas(volume, pixel)];

    /// <summary>
    /// By channel, digests of the slices that show something. Each slice has its own, because the same examination may have been cut differently. A
    /// channel beyond the first may cover little of a slice, and what it shows there then proves nothing.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<string>> Slices(CohortVolume volume) =>
        [.. Enumerable.Range(0, volume.Channels).Select(channel => SlicesOf(volume, channel))];

    private static List<string> SlicesOf(CohortVolume volume, int channel)
    {
        List<string> digests = [];
        for (int slice = 0; slice < volume.Slices; slice++)
        {
            ReadOnlySpan<float> image = volume.SliceImage(slice, channel);
            if (image.Length - image.Count(image[0]) > (channel == 0 ? 0 : image.Length / LeastShown))
            {
                digests.Add(Digest.Of(MemoryMarshal.AsBytes(image)));
            }
        }

        return digests;
    }

    /// <summary>Tumour outside the central pixels, which networks cannot find; null where there is none.</summary>
    public static Finding? OutsideCrop(CohortVolume volume, int crop) => CutTumour.By(crop, volume) is { } cut
        ? new Finding(
            Severity.Warning, volume.Patient, "outside-crop",
            $"{cut.All - cut.Inside} of {cut.All} tumour pixels lie outside the central {crop} pixels, and count as missed in every score; use a "
                + "larger cropSize.")
        : null;

    private static IEnumerable<Finding> Constants(CohortVolume volume, CohortLayout layout)
    {
        for (int channel = 0; channel < layout.Channels.Count; channel++)
        {
            float first = volume.SliceImage(0, channel)[0];
            if (Enumerable.Range(0, volume.Slices).All(slice => volume.SliceImage(slice, channel).IndexOfAnyExcept(first) < 0))
            {
                yield return new Finding(
                    Severity.Error, volume.Patient, "constant-channel",
                    $"{layout.Channels[channel]} has the value {first} everywhere; import the patient again from the right file.");
            }
        }
    }

    /// <summary>One file that was given for two channels: on the scales of a cohort they differ by a factor and an offset.</summary>
    private static IEnumerable<Finding> Twice(CohortVolume volume, CohortLayout layout)
    {
        for (int channel = 1; channel < layout.Channels.Count; channel++)
        {
            for (int other = 0; other < channel; other++)
            {
                if (Correlation(volume, other, channel) > OneImage)
                {
                    yield return new Finding(
                        Severity.Error, volume.Patient, "channel-twice",
                        $"{layout.Channels[channel]} is the {layout.Channels[other]} image on another scale; import the patient again with each "
                            + "channel's own file.");
                }
            }
        }
    }

    /// <summary>Of the pixels of two channels; NaN where one is constant.</summary>
    private static double Correlation(CohortVolume volume, int one, int other)
    {
        (double n, double x, double y, double xx, double yy, double xy) = (0, 0, 0, 0, 0, 0);
        for (int slice = 0; slice < volume.Slices; slice++)
        {
            ReadOnlySpan<float> a = volume.SliceImage(slice, one);
            ReadOnlySpan<float> b = volume.SliceImage(slice, other);
            for (int i = 0; i < a.Length; i++)
            {
                (double u, double v) = (a[i], b[i]);
                (n, x, y, xx, yy, xy) = (n + 1, x + u, y + v, xx + (u * u), yy + (v * v), xy + (u * v));
            }
        }

        return (xy - (x * y / n)) / Math.Sqrt((xx - (x * x / n)) * (yy - (y * y / n)));
    }

    private static IEnumerable<Finding> Zones(CohortVolume volume, CohortLayout layout)
    {
        if (layout.ValueOf(CohortLayout.PeripheralZone) is not { } outer || layout.ValueOf(CohortLayout.TransitionZone) is not { } inner)
        {
            yield break;
        }

        (double peripheral, double transition) = (MeanRow(volume, outer), MeanRow(volume, inner));
        if (double.IsNaN(peripheral) && double.IsNaN(transition))
        {
            yield return new Finding(Severity.Warning, volume.Patient, "no-zones", "no slice shows a zone; check the zones' file.");
        }
        else if (peripheral < transition)
        {
            yield return new Finding(
                Severity.Warning, volume.Patient, "swapped-zones",
                $"the peripheral zone lies {transition - peripheral:0.#} pixels in front of the transition zone; check which value is which.");
        }
    }

    private static IEnumerable<Finding> Areas(CohortVolume volume, double pixel)
    {
        for (int slice = 0; slice < volume.Slices; slice++)
        {
            double area = volume.SliceLabels(slice).Count((byte)LabelClass.Tumour) * pixel * pixel;
            if (area > LargestTumour)
            {
                yield return new Finding(
                    Severity.Warning, volume.Patient, "tumour-area",
                    $"slice {slice} has {area:0} mm2 of tumour, more than {LargestTumour}; check the mask.");
            }
        }
    }

    /// <summary>Rows go from front to back. NaN where the class is nowhere.</summary>
    private static double MeanRow(CohortVolume volume, byte label)
    {
        (double sum, long count) = (0, 0);
        for (int row = 0; row < volume.Slices * volume.Size; row++)
        {
            int found = volume.Labels.AsSpan(row * volume.Size, volume.Size).Count(label);
            sum += (double)found * (row % volume.Size);
            count += found;
        }

        return sum / count;
    }
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>An image of a study, brought to the cohort's grid.</summary>
/// <param name="File">Its file and channel.</param>
/// <param name="Grid">Its own.</param>
/// <param name="Values">On the cohort's grid.</param>
internal sealed record SampledImage(ChannelFile File, VolumeGeometry Grid, double[] Values);

/// <summary>Whether the files of a study belong together.</summary>
internal static class StudyPairs
{
    /// <summary>Of the gland's voxels outside a diffusion image.</summary>
    private const double MostOutside = 0.01;

    /// <summary>Medians of ADC in a gland, 1e-6 mm2/s: other units and normalised images have others.</summary>
    private const double LeastAdc = 200;

    private const double MostAdc = 4000;

    /// <summary>A file whose voxels the study pairs by index takes the T2w image's geometry; any other keeps its own.</summary>
    /// <exception cref="VolumeException">Voxels are paired by index, and the sizes differ.</exception>
    public static Volume Paired(StudyFiles study, string file, Volume volume, VolumeGeometry t2w, Action<string> warn)
    {
        if (!study.IsPairedByVoxel)
        {
            return volume;
        }

        if (volume.Geometry.Size != t2w.Size)
        {
            throw new VolumeException(
                file,
                $"has {volume.Geometry.Size} voxels, and {study.First.Path} has {t2w.Size}",
                "all files of a case have one grid: make them again.");
        }

        double distance = volume.Geometry.CornerDistance(t2w);
        if (distance > VolumeGeometry.SameGridMillimetres)
        {
            warn($"{study.Name}: the header of {file} places its voxels up to {distance:0.0} mm from those of the {study.First.Channel} image; "
                + "taken voxel by voxel");
        }

        return volume with { Header = volume.Header with { Geometry = t2w } };
    }

    /// <summary>Voxels of a grid that lie in an image.</summary>
    public static bool[] Inside(VolumeGeometry image, VolumeGeometry grid)
    {
        var ones = new byte[image.Size.Voxels];
        Array.Fill(ones, (byte)1);
        return Array.ConvertAll(Resampler.Onto(Volume.Of(image, ones), grid, Interpolation.Nearest), value => value != 0);
    }

    /// <summary>The images show the gland, those of diffusion are of one scan, and ADC is in the unit that scanners write.</summary>
    /// <param name="study">Whose.</param>
    /// <param name="images">On their own grids, with their values on the cohort's; ADC in 1e-6 mm2/s.</param>
    /// <param name="on">The cohort's grid, its labels and the slices that are chosen.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    /// <exception cref="SpecException">ADC has another unit, or shows no gland.</exception>
    public static void CheckImages(
        StudyFiles study, IReadOnlyList<SampledImage> images, (VolumeGeometry Grid, byte[] Labels, int[] Chosen) on, Action<string> warn)
    {
        int[] voxels = [.. Enumerable.Range(0, on.Labels.Length).Where(i => study.Gland.IsShown(on.Labels[i]))];
        SampledImage? adc = images.FirstOrDefault(image => image.File.IsAdc);
        foreach (SampledImage other in images.Where(image => adc is not null && image.File.IsDiffusion && !adc.Grid.IsSameGrid(image.Grid)))
        {
            warn($"{study.Name}: {adc!.File.Path} ({adc.Grid.Size}) and {other.File.Path} ({other.Grid.Size}) are not on one grid; check that both "
                + "are of one scan");
        }

        foreach (SampledImage image in images.Skip(1))
        {
            bool[] inside = Inside(image.Grid, on.Grid);
            int outside = voxels.Count(i => !inside[i]);
            if (outside > MostOutside * voxels.Length)
            {
                warn($"{study.Name}: {outside} of {voxels.Length} voxels of the gland lie outside {image.File.Path}; they become 0");
            }
        }

        if (adc is null)
        {
            return;
        }

        bool[] reached = Inside(adc.Grid, on.Grid);
        if (voxels.Length > 0)
        {
            CheckAdc(adc.File.Path, "the gland", voxels.Where(i => reached[i]).Select(i => adc.Values[i]));
        }
        else
        {
            // Nothing is known to be gland. Around the body ADC is 0, which says nothing of its unit.
            CheckAdc(
                adc.File.Path, "the middle of the chosen slices",
                Middle(on.Grid.Size, on.Chosen).Where(i => reached[i]).Select(i => adc.Values[i]).Where(value => value != 0));
        }
    }

    private static void CheckAdc(string file, string place, IEnumerable<double> values)
    {
        double[] shown = [.. values.Order()];
        if (shown.Length == 0 || shown[shown.Length / 2] is not (>= LeastAdc and <= MostAdc))
        {
            throw new SpecException(shown.Length == 0
                ? $"{file} does not reach {place}; check that it is the patient's."
                : $"{file} has a median of {shown[shown.Length / 2]:0.######} in {place}; ADC is expected in 1e-6 mm2/s, "
                    + $"{LeastAdc} to {MostAdc} there. Convert it.");
        }
    }

    /// <summary>Voxels of the central half of each side of the slices.</summary>
    private static IEnumerable<int> Middle(VolumeSize size, int[] slices) =>
        from z in slices
        from y in Enumerable.Range(size.Y / 4, size.Y / 2)
        from x in Enumerable.Range(size.X / 4, size.X / 2)
        select (((z * size.Y) + y) * size.X) + x;
}

using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>An image of a study, brought to the cohort's grid.</summary>
/// <param name="File">Its file and channel.</param>
/// <param name="Grid">Its own.</param>
/// <param name="Values">On the cohort's grid.</param>
internal sealed record SampledImage(ChannelFile File, VolumeGeometry Grid, double[] Values);

/// <summary>What images have to show.</summary>
/// <param name="Name">As messages call it.</param>
/// <param name="Voxels">Of the cohort's grid.</param>
/// <param name="IsDrawn">Somebody drew it, so all of it is tissue. Elsewhere ADC is 0 around the body, which says nothing of its unit.</param>
/// <param name="MustBeReached">An image that shows nothing of it is refused; otherwise only ADC is.</param>
internal sealed record ExpectedRegion(string Name, bool[] Voxels, bool IsDrawn, bool MustBeReached)
{
    /// <summary>The gland, or the central half of each side of the chosen slices where nothing is known to be gland.</summary>
    /// <param name="labels">On the cohort's grid.</param>
    /// <param name="gland">Classes that are gland.</param>
    /// <param name="chosen">Slices.</param>
    /// <param name="size">The grid's.</param>
    public static ExpectedRegion Of(byte[] labels, IReadOnlyList<byte> gland, int[] chosen, VolumeSize size)
    {
        bool[] drawn = Array.ConvertAll(labels, gland.IsShown);
        if (drawn.Contains(true))
        {
            return new("the gland", drawn, IsDrawn: true, MustBeReached: false);
        }

        foreach (int z in chosen)
        {
            for (int y = size.Y / 4; y < (size.Y / 4) + (size.Y / 2); y++)
            {
                Array.Fill(drawn, true, (((z * size.Y) + y) * size.X) + (size.X / 4), size.X / 2);
            }
        }

        return new("the middle of the chosen slices", drawn, IsDrawn: false, MustBeReached: false);
    }
}

/// <summary>Whether the files of a study belong together.</summary>
internal static class StudyPairs
{
    /// <summary>Largest share of the gland's voxels that may lie outside a diffusion image.</summary>
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
                "all files of a study have one grid: make them again.");
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

    /// <summary>The images show the region, those of diffusion are of one scan, and ADC is in the unit that scanners write.</summary>
    /// <param name="study">Whose.</param>
    /// <param name="images">On their own grids, with their values on the cohort's; ADC in 1e-6 mm2/s.</param>
    /// <param name="grid">The cohort's.</param>
    /// <param name="region">The gland, or where it is expected.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    /// <exception cref="SpecException">Two are one, ADC has another unit, or an image does not show the region.</exception>
    public static void CheckImages(
        StudyFiles study, IReadOnlyList<SampledImage> images, VolumeGeometry grid, ExpectedRegion region, Action<string> warn)
    {
        RefuseOneTwice(images);
        int[] voxels = [.. Enumerable.Range(0, region.Voxels.Length).Where(i => region.Voxels[i])];
        SampledImage? adc = images.FirstOrDefault(image => image.File.IsAdc);
        foreach (SampledImage other in images.Where(image => adc is not null && image.File.IsDiffusion && !adc.Grid.IsSameGrid(image.Grid)))
        {
            warn($"{study.Name}: {adc!.File.Path} ({adc.Grid.Size}) and {other.File.Path} ({other.Grid.Size}) are not on one grid; check that both "
                + "are of one scan");
        }

        foreach (SampledImage image in images.Skip(1))
        {
            bool[] inside = Inside(image.Grid, grid);
            int outside = voxels.Count(i => !inside[i]);
            if (region.MustBeReached && outside == voxels.Length)
            {
                throw new SpecException($"{image.File.Path} does not reach {region.Name}, {study.First.Path}; "
                    + "check that both are of one examination.");
            }

            if (outside > MostOutside * voxels.Length)
            {
                warn($"{study.Name}: {outside} of {voxels.Length} voxels of {region.Name} lie outside {image.File.Path}; they become 0");
            }
        }

        if (adc is not null && voxels.Length > 0)
        {
            CheckAdc(adc, [.. voxels.Where(i => region.IsDrawn || adc.Values[i] != 0)], Inside(adc.Grid, grid), region.Name);
        }
    }

    /// <summary>One file for two channels, or a copy of it under another name.</summary>
    private static void RefuseOneTwice(IReadOnlyList<SampledImage> images)
    {
        foreach ((int i, SampledImage image) in images.Index())
        {
            if (images.Take(i).FirstOrDefault(other => other.Values.AsSpan().SequenceEqual(image.Values)) is { } same)
            {
                throw new SpecException(
                    $"{image.File.Path}, the {image.File.Channel} image, is the {same.File.Channel} image"
                        + (same.File.Path == image.File.Path ? " too" : $" of {same.File.Path}, voxel by voxel") + "; name each channel's own file.");
            }
        }
    }

    private static void CheckAdc(SampledImage adc, int[] voxels, bool[] inside, string region)
    {
        double[] shown = [.. voxels.Where(i => inside[i]).Select(i => adc.Values[i]).Order()];
        if (shown.Length == 0 || shown[shown.Length / 2] is not (>= LeastAdc and <= MostAdc))
        {
            throw new SpecException(shown.Length == 0
                ? $"{adc.File.Path} does not reach {region}; check that it is the patient's."
                : $"{adc.File.Path} has a median of {shown[shown.Length / 2]:0.######} in {region}; ADC is expected in 1e-6 mm2/s, "
                    + $"{LeastAdc} to {MostAdc} there. Convert it.");
        }
    }
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

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
                file, $"has {volume.Geometry.Size} voxels, and {study.T2w} has {t2w.Size}", "all files of a case have one grid: make them again.");
        }

        double distance = volume.Geometry.CornerDistance(t2w);
        if (distance > VolumeGeometry.SameGridMillimetres)
        {
            warn($"{study.Name}: the header of {file} places its voxels up to {distance:0.0} mm from those of the T2w image; taken voxel by voxel");
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

    /// <summary>The diffusion images show the gland, and ADC is in the unit that scanners write.</summary>
    /// <param name="study">Whose.</param>
    /// <param name="adc">Its own grid, and its values on the cohort's, 1e-6 mm2/s.</param>
    /// <param name="hbv">The grid of the high b-value.</param>
    /// <param name="gland">The cohort's grid and its labels.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    /// <exception cref="SpecException">ADC has another unit, or shows no gland.</exception>
    public static void CheckDiffusion(
        StudyFiles study, (VolumeGeometry Grid, double[] Values) adc, VolumeGeometry hbv, (VolumeGeometry Grid, byte[] Labels) gland,
        Action<string> warn)
    {
        int[] voxels = [.. Enumerable.Range(0, gland.Labels.Length).Where(i => gland.Labels[i] != (byte)LabelClass.Background)];
        if (!adc.Grid.IsSameGrid(hbv))
        {
            warn($"{study.Name}: {study.Adc} ({adc.Grid.Size}) and {study.Hbv} ({hbv.Size}) are not on one grid; check that both are of one scan");
        }

        bool[] inAdc = Inside(adc.Grid, gland.Grid);
        foreach ((string file, bool[] inside) in new[] { (study.Adc, inAdc), (study.Hbv, Inside(hbv, gland.Grid)) })
        {
            int outside = voxels.Count(i => !inside[i]);
            if (outside > MostOutside * voxels.Length)
            {
                warn($"{study.Name}: {outside} of {voxels.Length} voxels of the gland lie outside {file}; they become 0");
            }
        }

        double[] shown = [.. voxels.Where(i => inAdc[i]).Select(i => adc.Values[i]).Order()];
        if (voxels.Length > 0 && (shown.Length == 0 || shown[shown.Length / 2] is not (>= LeastAdc and <= MostAdc)))
        {
            throw new SpecException(shown.Length == 0
                ? $"{study.Adc} does not reach the gland; check that it is the patient's."
                : $"{study.Adc} has a median of {shown[shown.Length / 2]:0.######} in the gland; ADC is expected in 1e-6 mm2/s, "
                    + $"{LeastAdc} to {MostAdc} there. Convert it.");
        }
    }
}

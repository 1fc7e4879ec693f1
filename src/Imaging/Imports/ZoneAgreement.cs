using System.Globalization;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>
/// Whether two readers of a study's zones saw the same gland. In PI-CAI the DSC of Yuan23's and HeviAI23's is 0.94 in the median and 0.74 at the
/// least: where it is low, one of the masks is of another study, or in another place.
/// </summary>
internal static class ZoneAgreement
{
    private const double Least = 0.85;

    /// <param name="study">Whose.</param>
    /// <param name="labels">The zones that are imported on the grid of the T2w image, without tumour; 0 is no gland.</param>
    /// <param name="t2w">That grid.</param>
    /// <param name="warn">Is told where they do not agree, or cannot be compared.</param>
    public static void Check(StudyFiles study, byte[] labels, VolumeGeometry t2w, Action<string> warn)
    {
        if (study.OtherZones is not { } path)
        {
            return;
        }

        double[] other;
        try
        {
            Volume volume = VolumeFile.Read(path);
            other = volume.Geometry.IsSameGrid(t2w) ? volume.Values() : Resampler.Onto(volume, t2w, Interpolation.Nearest);
            LabelFile zones = LabelFile.Zones(path);
            if (Array.FindIndex(other, value => zones.ClassOf(value) is null) is >= 0 and var unknown)
            {
                throw new VolumeException(path, $"has the label {other[unknown]}", $"{zones.Meaning} are known.");
            }
        }
        catch (Exception e) when (e is VolumeException or IOException or UnauthorizedAccessException)
        {
            // Nothing of this file is imported.
            warn($"{study.Name}: its zones were not compared with another's: {e.Message}");
            return;
        }

        int both = labels.Zip(other).Count(pair => pair.First != 0 && pair.Second != 0);
        int sum = labels.Count(label => label != 0) + other.Count(value => value != 0);
        double dice = sum == 0 ? 1 : 2.0 * both / sum;
        if (dice < Least)
        {
            string written = dice.ToString("0.000", CultureInfo.InvariantCulture);
            warn($"{study.Name}: the gland of the zones and that of {path} overlap with a DSC of {written}, below 0.85; look at both, and import the "
                + "better (--zones)");
        }
    }
}

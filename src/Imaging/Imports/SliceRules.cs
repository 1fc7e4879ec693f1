using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which slices of a study a cohort takes.</summary>
internal static class SliceRules
{
    /// <param name="labels">Slices x pixels.</param>
    /// <param name="size">Of the study.</param>
    /// <param name="positive">The study has tumour.</param>
    /// <param name="settings">The choice.</param>
    /// <returns>Their numbers, from 0, ascending.</returns>
    public static int[] Choose(byte[] labels, VolumeSize size, bool positive, ImportSettings settings)
    {
        int[] Having(Func<byte, bool> wanted) =>
        [
            .. Enumerable.Range(0, size.Z).Where(
                z => Array.Exists(labels[(int)(z * size.Plane)..(int)((z + 1) * size.Plane)], label => wanted(label))),
        ];
        return settings.Slices switch
        {
            SliceChoice.All => [.. Enumerable.Range(0, size.Z)],
            SliceChoice.Gland => Having(label => label != (byte)LabelClass.Background),
            SliceChoice.Paper => positive
                ? Having(label => label == (byte)LabelClass.Tumour)
                : Middle(Having(label => label != (byte)LabelClass.Background), settings.MidGlandSlices),
        };
    }

    private static int[] Middle(int[] slices, int count) =>
        slices.Length <= count ? slices : [.. slices.Skip((slices.Length - count) / 2).Take(count)];
}

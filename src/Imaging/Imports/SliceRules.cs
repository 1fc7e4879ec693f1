using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which slices of a study a cohort takes.</summary>
internal static class SliceRules
{
    /// <param name="labels">Slices x pixels.</param>
    /// <param name="size">Of the study.</param>
    /// <param name="positive">The study has tumour.</param>
    /// <param name="gland">Labels that are gland; without any, every slice may show it.</param>
    /// <param name="settings">The choice.</param>
    /// <returns>Their numbers, from 0, ascending.</returns>
    public static int[] Choose(byte[] labels, VolumeSize size, bool positive, IReadOnlyList<byte> gland, ImportSettings settings)
    {
        int[] Having(Func<byte, bool> wanted) =>
        [
            .. Enumerable.Range(0, size.Z).Where(
                z => Array.Exists(labels[(int)(z * size.Plane)..(int)((z + 1) * size.Plane)], label => wanted(label))),
        ];
        int[] all = [.. Enumerable.Range(0, size.Z)];
        int[] Gland() => gland.Count == 0 ? all : Having(gland.IsShown);
        return settings.Slices switch
        {
            SliceChoice.All => all,
            SliceChoice.Gland => Gland(),
            SliceChoice.Paper => positive
                ? Having(label => label == (byte)LabelClass.Tumour)
                : Middle(Gland(), settings.MidGlandSlices),
        };
    }

    private static int[] Middle(int[] slices, int count) =>
        slices.Length <= count ? slices : [.. slices.Skip((slices.Length - count) / 2).Take(count)];
}

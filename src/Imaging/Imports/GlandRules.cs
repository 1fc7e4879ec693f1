using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which classes of a cohort are gland: those of the names below. Any other, a second kind of lesion or an organ, is none.</summary>
internal static class GlandRules
{
    private static readonly string[] Names =
        [CohortLayout.PeripheralZone, CohortLayout.TransitionZone, "gland", "prostate", "central-gland", "central-zone", "zone", "zones"];

    /// <returns>Values in label maps, ascending; none where no class beyond the target has such a name.</returns>
    public static IReadOnlyList<byte> LabelsOf(CohortLayout layout) =>
    [
        .. Enumerable.Range(0, layout.Classes.Count).Skip((int)LabelClass.Tumour + 1)
            .Where(value => Names.Contains(layout.Classes[value], StringComparer.OrdinalIgnoreCase)).Select(value => (byte)value),
    ];

    /// <summary>Whether a label shows the gland; tumour does, because it lies there.</summary>
    public static bool IsShown(this IReadOnlyList<byte> gland, byte label) => label == (byte)LabelClass.Tumour || gland.Contains(label);
}

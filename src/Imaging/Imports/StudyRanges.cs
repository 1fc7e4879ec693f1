using System.Globalization;
using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>
/// Whether a study is like others of its kind: the ranges of 1,500 studies of PI-CAI. What lies outside is worth a look, no reason to refuse.
/// </summary>
internal static class StudyRanges
{
    private const double MicrolitresPerMillilitre = 1000;

    private static readonly Range Gland = new(15, 250, "0.#");
    private static readonly Range PeripheralShare = new(0.04, 0.75, "0.##");
    private static readonly Range GlandSlices = new(9, 45, "0");
    private static readonly Range Tumour = new(0.05, 75, "0.###");
    private static readonly Range TumourSlices = new(1, 20, "0");
    private static readonly Range Pixel = new(0.2, 0.8, "0.###");
    private static readonly Range Distance = new(2.2, 5, "0.###");

    /// <param name="study">Whose.</param>
    /// <param name="t2w">The grid of the first image, and its labels.</param>
    /// <param name="axial">The cohort's grid, slices along its last axis, and its labels.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    public static void Check(
        StudyFiles study, (VolumeGeometry Grid, byte[] Labels) t2w, (VolumeGeometry Grid, byte[] Labels) axial, Action<string> warn)
    {
        double voxel = Math.Abs(t2w.Grid.ToMillimetres.Determinant) / MicrolitresPerMillilitre;
        double Millilitres(LabelClass label) => t2w.Labels.AsSpan().Count((byte)label) * voxel;
        VolumeSize size = axial.Grid.Size;
        int[] gland = study.ShowsZones ? SlicesWith(axial.Labels, size, label => label > (byte)LabelClass.Tumour) : [];
        (double peripheral, double transition) = (Millilitres(LabelClass.PeripheralZone), Millilitres(LabelClass.TransitionZone));
        double tumour = Millilitres(LabelClass.Tumour);
        Point3 sides = t2w.Grid.Spacing;

        Say(Pixel, Math.Min(sides.X, Math.Min(sides.Y, sides.Z)), $"pixels of the {study.First.Channel} image with sides of", "mm");
        Say(Distance, axial.Grid.Spacing.Z, "slices at a distance of", "mm");

        // A stack that begins or ends within the gland shows a part of it, which may be any.
        if (gland.Length > 0 && gland[0] > 0 && gland[^1] < size.Z - 1)
        {
            Say(GlandSlices, gland.Length, "a gland on", "slices");
            Say(Gland, peripheral + transition + tumour, "a gland of", "ml");
            Say(PeripheralShare, peripheral / (peripheral + transition), "a peripheral zone of", "of the gland");
        }

        if (tumour > 0)
        {
            Say(Tumour, tumour, "tumour of", "ml");
            Say(TumourSlices, SlicesWith(axial.Labels, size, label => label == (byte)LabelClass.Tumour).Length, "tumour on", "slices");
        }

        void Say(Range range, double value, string what, string unit)
        {
            if (!(value >= range.Least && value <= range.Most))
            {
                string Written(double number) => number.ToString(range.Format, CultureInfo.InvariantCulture);
                warn($"{study.Name}: {what} {Written(value)} {unit}, where PI-CAI has {Written(range.Least)} to {Written(range.Most)}; check spacing "
                    + "and labels");
            }
        }
    }

    private static int[] SlicesWith(byte[] labels, VolumeSize size, Func<byte, bool> wanted) =>
    [
        .. Enumerable.Range(0, size.Z).Where(z => Array.Exists(labels[(int)(z * size.Plane)..(int)((z + 1) * size.Plane)], label => wanted(label))),
    ];

    private sealed record Range(double Least, double Most, string Format);
}

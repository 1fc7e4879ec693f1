using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>
/// Whether an image shows what a network was trained on. Any image can be brought to the pixels of the training cohort, but interpolation does not
/// add what was not measured.
/// </summary>
internal static class TrainedScale
{
    /// <summary>
    /// Pixels that are so many times coarser, or slices so many times nearer or farther, get a warning alone: PI-CAI's own studies differ by as much.
    /// </summary>
    private const double Unusual = 2;

    /// <summary>An image that is so many times coarser is refused.</summary>
    private const double Refused = 5;

    /// <param name="study">Whose.</param>
    /// <param name="first">The grid of the first image, slices along its last axis.</param>
    /// <param name="trained">Of the cohort.</param>
    /// <param name="leastField">What the image has to span in both directions of its slices, mm.</param>
    /// <param name="warn">Is told what should be looked at.</param>
    /// <exception cref="SpecException">The image is much coarser, or too small.</exception>
    public static void Check(StudyFiles study, VolumeGeometry first, VoxelSpacing trained, double leastField, Action<string> warn)
    {
        double side = Math.Max(first.Spacing.X, first.Spacing.Y);
        double distance = first.Spacing.Z;
        string path = study.First.Path;
        if (side > Refused * trained.Pixel || distance > Refused * trained.Slice)
        {
            throw new SpecException(
                $"{path} has voxels of {Mm(first.Spacing.X)} x {Mm(first.Spacing.Y)} x {Mm(distance)} mm, and the model was trained on pixels of "
                    + $"{Mm(trained.Pixel)} mm and slices {Mm(trained.Slice)} mm apart: it does not show what the model learned. Check the header's "
                    + "spacing, or give the original series.");
        }

        (double width, double height) = (first.Size.X * first.Spacing.X, first.Size.Y * first.Spacing.Y);
        if (Math.Min(width, height) < leastField)
        {
            throw new SpecException($"{path} spans {Mm(width)} x {Mm(height)} mm, and a gland takes the central {Mm(leastField)} mm: its field of "
                + "view is too small. Check the header's spacing, or give the original series.");
        }

        if (side > Unusual * trained.Pixel)
        {
            warn($"{study.Name}: {path} has pixels of {Mm(side)} mm, and the model was trained on {Mm(trained.Pixel)} mm; check the spacing");
        }

        if (distance > Unusual * trained.Slice || distance < trained.Slice / Unusual)
        {
            warn($"{study.Name}: the slices of {path} lie {Mm(distance)} mm apart, and the model was trained on {Mm(trained.Slice)} mm; check the "
                + "spacing");
        }
    }

    private static string Mm(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);
}

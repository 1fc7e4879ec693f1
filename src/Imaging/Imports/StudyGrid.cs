using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>
/// The grid of an imported study: the planes of the T2w image, pixels of one side, a square around its middle. However the file stores them,
/// columns run to the patient's left, rows to the back and slices to the head.
/// </summary>
internal static class StudyGrid
{
    /// <summary>Pixels whose sides differ by less are the same, relative.</summary>
    private const double SameSide = 1e-6;

    /// <summary>Pixels whose sides differ by less are square, relative: headers round them.</summary>
    private const double Square = 1e-3;

    private static readonly string[] Axes = ["from right to left", "from front to back"];

    /// <exception cref="SpecException">The image is not axial, or the grid would have too many voxels.</exception>
    public static VolumeGeometry Of(VolumeGeometry t2w, ImportSettings settings, string file)
    {
        if (t2w.IsSheared)
        {
            throw new SpecException($"{file} has axes that are not perpendicular (the cosine of two is {t2w.Shear:0.###}): its slices are sheared, "
                + "as a tilted gantry does it, or its header is wrong. Resample it to a box, or correct the header.");
        }

        VolumeGeometry axial = Axial(t2w);
        RequireSlicesAlongZ(axial.Spacing, file);
        var size = new VolumeSize(settings.Size, settings.Size, axial.Size.Z);
        if (size.Voxels > VolumeLimits.MostVoxels)
        {
            throw new SpecException(
                $"{file} would become {size} voxels, {size.Voxels}; at most {VolumeLimits.MostVoxels} are made: use a smaller --size.");
        }

        double x = FirstIndex(axial.Size.X, axial.Spacing.X, settings);
        double y = FirstIndex(axial.Size.Y, axial.Spacing.Y, settings);
        return new VolumeGeometry(
            size, new Point3(settings.Spacing, settings.Spacing, axial.Spacing.Z), axial.PointAt(new(x, y, 0)), axial.Direction);
    }

    /// <summary>The same voxels, their axes in the order and sense left, posterior, superior.</summary>
    internal static VolumeGeometry Axial(VolumeGeometry stored)
    {
        Point3[] direction = [stored.Direction.Column0, stored.Direction.Column1, stored.Direction.Column2];
        double[] spacing = [stored.Spacing.X, stored.Spacing.Y, stored.Spacing.Z];
        int[] size = [stored.Size.X, stored.Size.Y, stored.Size.Z];
        int z = Enumerable.Range(0, 3).MaxBy(axis => Math.Abs(direction[axis].Z));
        int x = Enumerable.Range(0, 3).Where(axis => axis != z).MaxBy(axis => Math.Abs(direction[axis].X));
        int y = 3 - x - z;
        var signs = new int[3];
        (signs[x], signs[y], signs[z]) = (Sign(direction[x].X), Sign(direction[y].Y), Sign(direction[z].Z));
        int First(int axis) => signs[axis] < 0 ? size[axis] - 1 : 0;
        return new VolumeGeometry(
            new VolumeSize(size[x], size[y], size[z]),
            new Point3(spacing[x], spacing[y], spacing[z]),
            stored.PointAt(new(First(0), First(1), First(2))),
            new Matrix3(direction[x] * signs[x], direction[y] * signs[y], direction[z] * signs[z]));
    }

    private static int Sign(double value) => value < 0 ? -1 : 1;

    /// <summary>
    /// Refuses a series that is not axial: its spacings along x and y differ, and the larger one, the distance of its slices, exceeds that along z.
    /// </summary>
    private static void RequireSlicesAlongZ(Point3 spacing, string file)
    {
        double widest = Math.Max(spacing.X, spacing.Y);
        if (spacing.Z < widest * (1 - Square) && Math.Abs((spacing.X / spacing.Y) - 1) > Square)
        {
            throw new SpecException(
                $"{file} is not axial: its slices lie {widest:0.###} mm apart {Axes[spacing.X > spacing.Y ? 0 : 1]}, and along the body its voxels "
                + $"are {spacing.Z:0.###} mm apart. Name an axial image first.");
        }
    }

    /// <summary>The first pixel's index in the image; whole where the pixels are the image's own, so that nothing is interpolated.</summary>
    private static double FirstIndex(int pixels, double side, ImportSettings settings)
    {
        double first = ((pixels - 1) - ((settings.Size - 1) * settings.Spacing / side)) / 2;
        return Math.Abs((settings.Spacing / side) - 1) < SameSide ? Math.Floor(first) : first;
    }
}

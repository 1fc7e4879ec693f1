using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>The grid of an imported study: the planes and directions of the T2w image, pixels of one side, a square around its middle.</summary>
internal static class StudyGrid
{
    /// <summary>Pixels whose sides differ by less are the same, relative.</summary>
    private const double SameSide = 1e-6;

    public static VolumeGeometry Of(VolumeGeometry t2w, ImportSettings settings)
    {
        double x = FirstIndex(t2w.Size.X, t2w.Spacing.X, settings);
        double y = FirstIndex(t2w.Size.Y, t2w.Spacing.Y, settings);
        return new VolumeGeometry(
            new VolumeSize(settings.Size, settings.Size, t2w.Size.Z),
            new Point3(settings.Spacing, settings.Spacing, t2w.Spacing.Z),
            t2w.PointAt(new(x, y, 0)),
            t2w.Direction);
    }

    /// <summary>The first pixel's index in the image; whole where the pixels are the image's own, so that nothing is interpolated.</summary>
    private static double FirstIndex(int pixels, double side, ImportSettings settings)
    {
        double first = ((pixels - 1) - ((settings.Size - 1) * settings.Spacing / side)) / 2;
        return Math.Abs((settings.Spacing / side) - 1) < SameSide ? Math.Floor(first) : first;
    }
}

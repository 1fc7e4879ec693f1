using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>What every header must say, whatever its format.</summary>
internal static class HeaderRules
{
    /// <summary>Axes that span less of a cube than this lie in a plane.</summary>
    private const double FlatDeterminant = 1e-3;

    /// <exception cref="VolumeException">A size, a distance or a direction cannot be, or the voxels take too much memory.</exception>
    public static VolumeHeader Checked(VolumeHeader header, string file)
    {
        (VolumeSize size, Point3 spacing, Point3 origin, Matrix3 direction) = header.Geometry;
        if (!spacing.IsFinite || spacing.X <= 0 || spacing.Y <= 0 || spacing.Z <= 0)
        {
            throw new VolumeException(
                file, $"has a voxel spacing of {spacing.X} x {spacing.Y} x {spacing.Z} mm", "all three must be above 0: convert it again.");
        }

        if (!origin.IsFinite || !direction.IsFinite || !(Math.Abs(direction.Determinant) >= FlatDeterminant))
        {
            throw new VolumeException(
                file, $"has the origin ({origin.X}, {origin.Y}, {origin.Z}) and directions of determinant {direction.Determinant:0.######}",
                "axes must be finite and not lie in one plane: convert it again.");
        }

        return size.Voxels > VolumeLimits.MostVoxels
            ? throw new VolumeException(file, $"has {size} voxels, {size.Voxels}", $"at most {VolumeLimits.MostVoxels} are read: crop it.")
            : header;
    }

    /// <summary>One axis; what passes fits an int, and the product of three a long.</summary>
    public static int CheckedSize(double voxels, string file) => voxels is >= 1 and <= VolumeLimits.MostVoxelsOfAnAxis && voxels == Math.Floor(voxels)
        ? (int)voxels
        : throw new VolumeException(
            file, $"has {voxels} voxels along an axis", $"1 to {VolumeLimits.MostVoxelsOfAnAxis} are read: convert it again.");
}

using System.Numerics;
using System.Runtime.InteropServices;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Resampling;

/// <summary>How a value between voxels is found.</summary>
public enum Interpolation
{
    /// <summary>For images: linear along each axis.</summary>
    Trilinear,

    /// <summary>For labels: the nearest voxel; of two that are equally near the one with the higher index.</summary>
    Nearest,
}

/// <summary>
/// A volume on the voxels of another, by where both lie in the patient, in double precision and not rounded. A point is inside the source up
/// to half a voxel beyond the centres of its outermost voxels, which are continued there; outside the value is 0. That is ITK's rule, widened
/// by a thousandth of a voxel: centres of a T2w grid lie exactly on that edge of a diffusion grid, and rounding must not blank a slice.
/// </summary>
public sealed class Resampler
{
    private const double Edge = 0.5 + 1e-3;

    /// <summary>
    /// Points half way between two voxels come out of the affine a little below or above. Labels must not depend on that.
    /// </summary>
    private const double Tie = 1e-6;

    private readonly Volume _source;
    private readonly VolumeGeometry _grid;
    private readonly Interpolation _interpolation;
    private readonly Matrix3 _steps;
    private readonly Point3 _first;

    /// <param name="source">What is sampled.</param>
    /// <param name="grid">Where.</param>
    /// <param name="interpolation">How.</param>
    public Resampler(Volume source, VolumeGeometry grid, Interpolation interpolation)
    {
        (_source, _grid, _interpolation) = (source, grid, interpolation);
        Matrix3 toIndex = source.Geometry.ToMillimetres.Inverse();
        _steps = toIndex * grid.ToMillimetres;
        _first = toIndex * (grid.Origin - source.Geometry.Origin);
    }

    /// <summary>The whole volume on a grid, x fastest.</summary>
    public static double[] Onto(Volume source, VolumeGeometry grid, Interpolation interpolation)
    {
        var resampler = new Resampler(source, grid, interpolation);
        var values = new double[grid.Size.Voxels];
        int plane = (int)grid.Size.Plane;
        for (int z = 0; z < grid.Size.Z; z++)
        {
            resampler.FillPlane(z, values.AsSpan(z * plane, plane));
        }

        return values;
    }

    /// <summary>The voxels of the grid's plane <paramref name="z"/>.</summary>
    /// <param name="z">From 0.</param>
    /// <param name="plane">Is filled, x fastest.</param>
    public void FillPlane(int z, Span<double> plane)
    {
        ReadOnlySpan<byte> stored = _source.Stored;
        switch (_source.Header.ElementType)
        {
            case ElementType.U8:
                Fill(stored, z, plane);
                break;
            case ElementType.I8:
                Fill(MemoryMarshal.Cast<byte, sbyte>(stored), z, plane);
                break;
            case ElementType.U16:
                Fill(MemoryMarshal.Cast<byte, ushort>(stored), z, plane);
                break;
            case ElementType.I16:
                Fill(MemoryMarshal.Cast<byte, short>(stored), z, plane);
                break;
            case ElementType.U32:
                Fill(MemoryMarshal.Cast<byte, uint>(stored), z, plane);
                break;
            case ElementType.I32:
                Fill(MemoryMarshal.Cast<byte, int>(stored), z, plane);
                break;
            case ElementType.I64:
                Fill(MemoryMarshal.Cast<byte, long>(stored), z, plane);
                break;
            case ElementType.F32:
                Fill(MemoryMarshal.Cast<byte, float>(stored), z, plane);
                break;
            case ElementType.F64:
                Fill(MemoryMarshal.Cast<byte, double>(stored), z, plane);
                break;
        }
    }

    private void Fill<T>(ReadOnlySpan<T> stored, int z, Span<double> plane)
        where T : struct, INumberBase<T>
    {
        VolumeSize size = _source.Geometry.Size;
        (double slope, double intercept) = (_source.Header.Slope, _source.Header.Intercept);
        for (int y = 0; y < _grid.Size.Y; y++)
        {
            for (int x = 0; x < _grid.Size.X; x++)
            {
                Point3 at = _first + (_steps * new Point3(x, y, z));
                plane[(y * _grid.Size.X) + x] = !IsInside(at, size) ? 0 : (slope * _interpolation switch
                {
                    Interpolation.Trilinear => Trilinear(stored, size, at),
                    Interpolation.Nearest => Nearest(stored, size, at),
                }) + intercept;
            }
        }
    }

    private static bool IsInside(Point3 at, VolumeSize size) =>
        at.X >= -Edge && at.Y >= -Edge && at.Z >= -Edge
        && at.X < size.X - 1 + Edge && at.Y < size.Y - 1 + Edge && at.Z < size.Z - 1 + Edge;

    private static double Trilinear<T>(ReadOnlySpan<T> stored, VolumeSize size, Point3 at)
        where T : struct, INumberBase<T>
    {
        (int x0, int x1, double x) = Around(at.X, size.X);
        (int y0, int y1, double y) = Around(at.Y, size.Y);
        (int z0, int z1, double z) = Around(at.Z, size.Z);
        return Between(
            Between(Line(stored, size, x0, x1, x, y0, z0), Line(stored, size, x0, x1, x, y1, z0), y),
            Between(Line(stored, size, x0, x1, x, y0, z1), Line(stored, size, x0, x1, x, y1, z1), y),
            z);
    }

    private static double Line<T>(ReadOnlySpan<T> stored, VolumeSize size, int x0, int x1, double x, int y, int z)
        where T : struct, INumberBase<T>
    {
        int row = ((z * size.Y) + y) * size.X;
        return Between(double.CreateTruncating(stored[row + x0]), double.CreateTruncating(stored[row + x1]), x);
    }

    private static double Between(double first, double second, double share) => (first * (1 - share)) + (second * share);

    /// <summary>The two voxels beside an index along one axis, and how far it is from the first to the second.</summary>
    private static (int Low, int High, double Share) Around(double at, int size)
    {
        int low = (int)Math.Floor(at);
        return (Math.Clamp(low, 0, size - 1), Math.Clamp(low + 1, 0, size - 1), at - low);
    }

    private static double Nearest<T>(ReadOnlySpan<T> stored, VolumeSize size, Point3 at)
        where T : struct, INumberBase<T>
    {
        int x = Closest(at.X, size.X);
        int y = Closest(at.Y, size.Y);
        int z = Closest(at.Z, size.Z);
        return double.CreateTruncating(stored[(((z * size.Y) + y) * size.X) + x]);
    }

    private static int Closest(double at, int size) => Math.Clamp((int)Math.Floor(at + 0.5 + Tie), 0, size - 1);
}

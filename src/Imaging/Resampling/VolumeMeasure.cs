using System.Runtime.InteropServices;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Resampling;

/// <summary>Measures volume files; of the volume that is measured one plane is in memory at a time.</summary>
public static class VolumeMeasure
{
    /// <summary>A volume as it is stored.</summary>
    /// <exception cref="VolumeException">It cannot be read.</exception>
    public static (VolumeHeader Header, VolumeFigures Figures) Of(string path, int? volume = null)
    {
        using VolumeReader reader = VolumeFile.Open(path, volume);
        using var meter = new VolumeMeter();
        var stored = new byte[reader.Header.PlaneBytes];
        var values = new double[reader.Header.Geometry.Size.Plane];
        while (reader.ReadPlane(stored))
        {
            Voxels.Values(reader.Header, stored, values);
            if (reader.Header is { ElementType: ElementType.I64, IsScaled: false })
            {
                meter.AddWhole(stored, values);
            }
            else
            {
                meter.Add(stored, values);
            }
        }

        return (reader.Header, meter.Finish());
    }

    /// <summary>A volume on the grid of another, whose header alone is read. The result is of double precision.</summary>
    /// <exception cref="VolumeException">One of them cannot be read.</exception>
    public static (VolumeHeader Header, VolumeFigures Figures) Onto(string path, int? volume, string gridPath, Interpolation interpolation)
    {
        VolumeGeometry grid = GeometryOf(gridPath);
        var resampler = new Resampler(VolumeFile.Read(path, volume), grid, interpolation);
        using var meter = new VolumeMeter();
        var values = new double[grid.Size.Plane];
        for (int z = 0; z < grid.Size.Z; z++)
        {
            resampler.FillPlane(z, values);
            meter.Add(MemoryMarshal.AsBytes(values.AsSpan()), values);
        }

        return (new VolumeHeader(grid, ElementType.F64), meter.Finish());
    }

    private static VolumeGeometry GeometryOf(string path)
    {
        using VolumeReader reader = VolumeFile.Open(path);
        return reader.Header.Geometry;
    }
}

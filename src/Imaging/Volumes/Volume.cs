using System.Runtime.InteropServices;

namespace AdvSeg.Imaging.Volumes;

/// <summary>A volume in memory.</summary>
/// <param name="Header">Where the voxels lie and what they are.</param>
/// <param name="Stored">Little-endian numbers of the header's element type, x fastest.</param>
public sealed record Volume(VolumeHeader Header, byte[] Stored)
{
    public VolumeGeometry Geometry => Header.Geometry;

    /// <summary>A volume of labels or other small whole numbers.</summary>
    public static Volume Of(VolumeGeometry geometry, byte[] labels) => new(new VolumeHeader(geometry, ElementType.U8), labels);

    /// <summary>A volume of single precision.</summary>
    public static Volume Of(VolumeGeometry geometry, ReadOnlySpan<float> values) =>
        new(new VolumeHeader(geometry, ElementType.F32), MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>All values, scaled as the header says, x fastest.</summary>
    public double[] Values()
    {
        var values = new double[Geometry.Size.Voxels];
        Voxels.Values(Header, Stored, values);
        return values;
    }
}

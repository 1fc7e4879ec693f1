using System.IO.Compression;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>
/// Writes NIfTI-1, or NIfTI-2 on request, little-endian, with sform and qform in scanner coordinates. Positions are single precision in
/// NIfTI-1, some micrometres.
/// </summary>
internal static class NiftiWriter
{
    private const int Millimetres = 2;

    /// <summary>The four bytes behind the header of a file that say that it has no extensions.</summary>
    private const int NoExtensions = 4;

    /// <exception cref="VolumeException">A file is there already.</exception>
    public static void Write(string path, Volume volume, int version = 1)
    {
        NiftiLayout layout = version == 1 ? NiftiLayout.One : NiftiLayout.Two;
        bool isPair = path.EndsWith(".hdr", StringComparison.OrdinalIgnoreCase);
        byte[] header = Header(layout, volume.Header, isPair);
        if (isPair)
        {
            NewFile.Write(Path.ChangeExtension(path, ".img"), stream => stream.Write(volume.Stored));
        }

        NewFile.Write(path, stream =>
        {
            using GZipStream? packed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase)
                ? new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true)
                : null;
            Stream target = packed ?? stream;
            target.Write(header);
            target.Write(isPair ? [] : volume.Stored);
        });
    }

    private static byte[] Header(NiftiLayout layout, VolumeHeader header, bool isPair)
    {
        var bytes = new byte[layout.Bytes + (isPair ? 0 : NoExtensions)];
        (VolumeSize size, Point3 spacing, _, _) = header.Geometry;
        new NiftiField(0, NiftiNumber.Int32).Set(bytes, layout.Bytes);
        layout.Single.CopyTo(bytes, layout.Magic);
        if (isPair)
        {
            bytes[layout.Magic + 1] = (byte)'i';
        }

        double[] dim = [3, size.X, size.Y, size.Z, 1, 1, 1, 1];
        double[] pixDim = [1, spacing.X, spacing.Y, spacing.Z, 0, 0, 0, 0];
        for (int i = 0; i < dim.Length; i++)
        {
            layout.Dim.Set(bytes, dim[i], i);
            layout.PixDim.Set(bytes, pixDim[i], i);
        }

        layout.DataType.Set(bytes, Nifti.CodeOf(header.ElementType));
        layout.BitPix.Set(bytes, 8 * header.ElementType.Bytes());
        layout.VoxOffset.Set(bytes, isPair ? 0 : bytes.Length);
        layout.Slope.Set(bytes, header.Slope);
        layout.Intercept.Set(bytes, header.Intercept);
        layout.Units.Set(bytes, Millimetres);
        NiftiOrientation.Write(layout, bytes, header.Geometry);
        return bytes;
    }
}

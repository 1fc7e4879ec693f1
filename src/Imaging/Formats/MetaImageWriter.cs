using System.Globalization;
using System.IO.Compression;
using System.Text;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>Writes MetaImage as ITK does, without any line on the patient.</summary>
internal static class MetaImageWriter
{
    /// <exception cref="VolumeException">The volume is scaled, which the format cannot say, or a file is there already.</exception>
    public static void Write(string path, Volume volume, bool isCompressed)
    {
        if (volume.Header.IsScaled)
        {
            throw new VolumeException(path, $"cannot have a slope of {volume.Header.Slope}", "MetaImage has none: write the values themselves.");
        }

        using var packed = new MemoryStream();
        if (isCompressed)
        {
            using var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true);
            zlib.Write(volume.Stored);
        }

        ReadOnlyMemory<byte> data = isCompressed ? packed.GetBuffer().AsMemory(0, (int)packed.Length) : volume.Stored;
        bool isLocal = path.EndsWith(".mha", StringComparison.OrdinalIgnoreCase);
        string dataPath = Path.ChangeExtension(path, isCompressed ? ".zraw" : ".raw");
        string dataFile = isLocal ? "LOCAL" : Path.GetFileName(dataPath);
        byte[] header = Encoding.Latin1.GetBytes(Header(volume.Header, isCompressed ? data.Length : null, dataFile));
        if (!isLocal)
        {
            NewFile.Write(dataPath, stream => stream.Write(data.Span));
        }

        NewFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(isLocal ? data.Span : []);
        });
    }

    private static string Header(VolumeHeader header, int? compressedBytes, string dataFile)
    {
        (VolumeSize size, Point3 spacing, Point3 origin, Matrix3 d) = header.Geometry;
        string compressed = compressedBytes is { } bytes ? $"CompressedData = True\nCompressedDataSize = {bytes}\n" : "CompressedData = False\n";
        return $"""
            ObjectType = Image
            NDims = 3
            BinaryData = True
            BinaryDataByteOrderMSB = False
            {compressed}TransformMatrix = {Words(d.Column0)} {Words(d.Column1)} {Words(d.Column2)}
            Offset = {Words(origin)}
            CenterOfRotation = 0 0 0
            ElementSpacing = {Words(spacing)}
            DimSize = {size.X} {size.Y} {size.Z}
            ElementType = {MetaImage.NameOf(header.ElementType)}
            ElementDataFile = {dataFile}

            """;
    }

    /// <summary>As many digits as give the same number when it is read.</summary>
    private static string Words(Point3 p) => string.Create(CultureInfo.InvariantCulture, $"{p.X:R} {p.Y:R} {p.Z:R}");
}

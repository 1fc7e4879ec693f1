using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>
/// Reads MetaImage (itk.org, "MetaIO"): a text header with the voxels behind it (.mha) or in a file beside it (.mhd with .raw or .zraw), as
/// they are or as one zlib stream.
/// </summary>
internal static class MetaImage
{
    private const double UnitLength = 1e-3;

    private static readonly Dictionary<string, ElementType> Types = new(StringComparer.Ordinal)
    {
        ["MET_UCHAR"] = ElementType.U8,
        ["MET_CHAR"] = ElementType.I8,
        ["MET_USHORT"] = ElementType.U16,
        ["MET_SHORT"] = ElementType.I16,
        ["MET_UINT"] = ElementType.U32,
        ["MET_INT"] = ElementType.I32,
        ["MET_LONG_LONG"] = ElementType.I64,
        ["MET_FLOAT"] = ElementType.F32,
        ["MET_DOUBLE"] = ElementType.F64,
    };

    /// <exception cref="VolumeException">The file cannot be read.</exception>
    public static VolumeReader Open(VolumeSource source)
    {
        string file = source.Path;
        Stream stream = source.Open(file);
        try
        {
            var head = new byte[(int)Math.Min(stream.Length, VolumeLimits.MostHeaderBytes)];
            stream.ReadExactly(head);
            MetaImageText text = MetaImageText.Parse(head, file);
            VolumeHeader header = ReadHeader(text, file);
            Packing packing = text.Flag(otherwise: false, "CompressedData") ? Packing.ZLib : Packing.None;
            bool isBigEndian = text.Flag(otherwise: false, "BinaryDataByteOrderMSB", "ElementByteOrderMSB");
            if (IsLocal(text.DataFile))
            {
                stream.Position = text.End;
            }
            else
            {
                stream.Dispose();
                stream = source.OpenVoxels(source.Beside(DataFileOf(text.DataFile, file)));
            }

            if (packing != Packing.None && text.Find("CompressedDataSize") is { } stated)
            {
                RequireCompressed(text.Numbers("CompressedDataSize", stated, 1)[0], stream.Length - stream.Position, file);
            }

            var payload = new Payload(file, stream, packing);
            payload.RequireRoomFor(header.Bytes);
            return new VolumeReader(header, payload, isBigEndian);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The name of an element type; null where the format has none.</summary>
    public static string? NameOf(ElementType type) => Types.FirstOrDefault(pair => pair.Value == type).Key;

    private static VolumeHeader ReadHeader(MetaImageText text, string file)
    {
        if (text.Find("ObjectType") is { } kind and not "Image")
        {
            throw new VolumeException(file, $"holds an ObjectType {VolumeException.Quoted(kind)}", "only images are read.");
        }

        if (!text.Flag(otherwise: true, "BinaryData"))
        {
            throw new VolumeException(file, "has its voxels as text (BinaryData = False)", "convert it to a binary file.");
        }

        if (text.Find("ElementNumberOfChannels") is { } channels && text.Numbers("ElementNumberOfChannels", channels, 1)[0] != 1)
        {
            throw new VolumeException(file, $"has {VolumeException.Quoted(channels)} values per voxel", "write one file for each.");
        }

        if (text.Find("HeaderSize") is { } skipped && text.Numbers("HeaderSize", skipped, 1)[0] != 0)
        {
            throw new VolumeException(
                file, $"has HeaderSize = {VolumeException.Quoted(skipped)}", "data files with headers of their own are not read: convert it.");
        }

        string type = text.Get("ElementType");
        return Types.TryGetValue(type, out ElementType element)
            ? HeaderRules.Checked(new VolumeHeader(ReadGeometry(text, file), element), file)
            : throw new VolumeException(
                file, $"has the ElementType {VolumeException.Quoted(type)}", $"{string.Join(", ", Types.Keys)} are read: convert it.");
    }

    /// <summary>
    /// A fourth axis of one volume is dropped. TransformMatrix lists the direction of one axis after the other, which are the columns of the
    /// direction matrix.
    /// </summary>
    private static VolumeGeometry ReadGeometry(MetaImageText text, string file)
    {
        string stated = text.Get("NDims");
        double axes = text.Numbers("NDims", stated, 1)[0];
        if (axes is not (3 or 4))
        {
            throw new VolumeException(file, $"has NDims = {VolumeException.Quoted(stated)}", "volumes of 3 axes are read.");
        }

        int n = (int)axes;
        double[] size = text.Numbers("DimSize", text.Get("DimSize"), n);
        if (n == 4 && size[3] != 1)
        {
            throw new VolumeException(file, $"has {size[3]} volumes along its fourth axis", "write one file for each.");
        }

        double[] spacing = text.Numbers("ElementSpacing", text.Get("ElementSpacing", "ElementSize"), n);
        double[] origin = text.Find("Offset", "Position", "Origin") is { } o ? text.Numbers("Offset", o, n) : new double[n];
        Matrix3 direction = text.Find("TransformMatrix", "Rotation", "Orientation") is { } t
            ? ReadDirection(text.Numbers("TransformMatrix", t, n * n), n, file)
            : Matrix3.Identity;
        return new VolumeGeometry(
            new VolumeSize(HeaderRules.CheckedSize(size[0], file), HeaderRules.CheckedSize(size[1], file), HeaderRules.CheckedSize(size[2], file)),
            new Point3(spacing[0], spacing[1], spacing[2]),
            new Point3(origin[0], origin[1], origin[2]),
            direction);
    }

    private static Matrix3 ReadDirection(double[] matrix, int n, string file)
    {
        Point3 Column(int axis) => new(matrix[axis * n], matrix[(axis * n) + 1], matrix[(axis * n) + 2]);
        var direction = new Matrix3(Column(0), Column(1), Column(2));
        foreach (Point3 column in (Point3[])[direction.Column0, direction.Column1, direction.Column2])
        {
            if (Math.Abs(column.Length - 1) > UnitLength)
            {
                throw new VolumeException(
                    file, $"has a TransformMatrix with an axis of length {column.Length:0.######}", "axes have length 1: convert it again.");
            }
        }

        return direction;
    }

    private static bool IsLocal(string dataFile) => dataFile.Equals("LOCAL", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name of one file in the same folder: a header that was sent by somebody opens nothing else on this machine.</summary>
    private static string DataFileOf(string name, string file)
    {
        if (name.Equals("LIST", StringComparison.OrdinalIgnoreCase) || name.StartsWith("LIST ", StringComparison.OrdinalIgnoreCase)
            || name.Contains('%', StringComparison.Ordinal))
        {
            throw new VolumeException(file, $"has its voxels in many files ({VolumeException.Quoted(name)})", "convert it to one.");
        }

        return name.Length == 0 || name is "." or ".." || name.AsSpan().IndexOfAny('/', '\\', '\0') >= 0
            ? throw new VolumeException(file, $"has the ElementDataFile {VolumeException.Quoted(name)}", "it must be the name of a file beside it.")
            : name;
    }

    /// <summary>ITK writes 0 where it does not know, and reads up to the end then.</summary>
    private static void RequireCompressed(double stated, long there, string file)
    {
        if (stated != 0 && stated != there)
        {
            throw new VolumeException(
                file, $"has {there} bytes where its header says CompressedDataSize = {stated}",
                stated > there ? "it is cut short: fetch it again." : "one of both is wrong: fetch or convert it again.");
        }
    }
}

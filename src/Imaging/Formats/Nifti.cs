using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>
/// Reads NIfTI-1 and NIfTI-2 (nifti.nimh.nih.gov): one file (.nii) or a header with its voxels beside it (.hdr, .img), each compressed with
/// gzip or not, whatever its name says.
/// </summary>
internal static class Nifti
{
    private const int SmallestHeader = 348;
    private const string Remedy = "convert it from its source again.";

    private static readonly Dictionary<int, ElementType> Types = new()
    {
        [2] = ElementType.U8,
        [4] = ElementType.I16,
        [8] = ElementType.I32,
        [16] = ElementType.F32,
        [64] = ElementType.F64,
        [256] = ElementType.I8,
        [512] = ElementType.U16,
        [768] = ElementType.U32,
        [1024] = ElementType.I64,
    };

    /// <param name="source">The single file, or either of a pair.</param>
    /// <param name="volume">Which volume of the file, from 0; null: the only one.</param>
    /// <exception cref="VolumeException">The file cannot be read.</exception>
    public static VolumeReader Open(VolumeSource source, int? volume)
    {
        string file = HeaderPathOf(source.Path);
        var payload = Payload.OpenSniffed(file, source.Open(file));
        try
        {
            (NiftiLayout layout, byte[] bytes, bool isBigEndian) = ReadHeaderBytes(payload, file);
            var fields = new NiftiFields(layout, bytes, isBigEndian, file);
            VolumeHeader header = ReadHeader(fields);
            (int volumes, int chosen) = Choose(fields, volume);
            int start = fields.IsSingleFile ? layout.Bytes : 0;
            long skipped = fields.SkippedBytes(start);
            if (start == 0)
            {
                payload.Dispose();
                payload = OpenImage(source, file);
            }

            payload.Skip(skipped);
            payload.RequireRoomFor(header.Bytes * (volumes - chosen));
            payload.Skip(header.Bytes * chosen);
            return new VolumeReader(header, payload, isBigEndian, header.Bytes * (volumes - chosen - 1));
        }
        catch
        {
            payload.Dispose();
            throw;
        }
    }

    /// <summary>The datatype code of an element type.</summary>
    public static int CodeOf(ElementType type) => Types.First(pair => pair.Value == type).Key;

    /// <summary>The part of a pair that is the header: x.hdr of x.img and x.hdr.gz of x.img.gz.</summary>
    private static string HeaderPathOf(string path) => Renamed(path, ".img", ".hdr") ?? Renamed(path, ".img.gz", ".hdr.gz") ?? path;

    private static Payload OpenImage(VolumeSource source, string header)
    {
        string image = Renamed(header, ".hdr", ".img") ?? Renamed(header, ".hdr.gz", ".img.gz") ?? throw new VolumeException(
            header, "is the header of a pair but not named so", "name the header .hdr and its voxels .img.");
        image = source.Has(image) || !source.Has($"{image}.gz") ? image : $"{image}.gz";
        return Payload.OpenSniffed(image, source.OpenVoxels(image));
    }

    private static string? Renamed(string path, string from, string to) =>
        path.EndsWith(from, StringComparison.OrdinalIgnoreCase) ? path[..^from.Length] + to : null;

    private static (NiftiLayout Layout, byte[] Header, bool IsBigEndian) ReadHeaderBytes(Payload payload, string file)
    {
        var head = new byte[SmallestHeader];
        if (payload.ReadUpTo(head) < SmallestHeader)
        {
            throw new VolumeException(
                file, $"has fewer than the {SmallestHeader} bytes of a NIfTI header", "it is cut short or no NIfTI: fetch it again.");
        }

        foreach (NiftiLayout layout in (NiftiLayout[])[NiftiLayout.One, NiftiLayout.Two])
        {
            foreach (bool isBigEndian in (bool[])[false, true])
            {
                if (new NiftiField(0, NiftiNumber.Int32).Get(head, isBigEndian) == layout.Bytes)
                {
                    byte[] header = [.. head, .. new byte[layout.Bytes - SmallestHeader]];
                    payload.Read(header.AsSpan(SmallestHeader));
                    return (layout, header, isBigEndian);
                }
            }
        }

        throw new VolumeException(
            file, "is no NIfTI: its first number is neither 348 nor 540", "name a NIfTI file; dcm2niix makes one of a DICOM series.");
    }

    private static VolumeHeader ReadHeader(NiftiFields fields)
    {
        int code = (int)fields.Get(fields.Layout.DataType);
        if (!Types.TryGetValue(code, out ElementType type))
        {
            throw new VolumeException(fields.File, $"has the datatype {code}", $"{string.Join(", ", Types.Keys)} are read: convert it.");
        }

        double bits = fields.Get(fields.Layout.BitPix);
        if (bits != 8 * type.Bytes())
        {
            throw new VolumeException(fields.File, $"has {bits} bits per voxel (bitpix) of datatype {code}, {type.Name()}", Remedy);
        }

        (double slope, double intercept) = ReadScale(fields);
        return HeaderRules.Checked(new VolumeHeader(ReadGeometry(fields), type, slope, intercept), fields.File);
    }

    private static VolumeGeometry ReadGeometry(NiftiFields fields)
    {
        double axes = fields.Get(fields.Layout.Dim);
        if (axes is not (3 or 4))
        {
            throw new VolumeException(fields.File, $"has {axes} axes (dim[0])", "volumes of 3 axes are read, or several of them in a fourth.");
        }

        (Matrix3 steps, Point3 origin) = fields.ReadOrientation();
        var spacing = new Point3(steps.Column0.Length, steps.Column1.Length, steps.Column2.Length);
        int Size(int axis) => HeaderRules.CheckedSize(fields.Get(fields.Layout.Dim, axis), fields.File);
        return new VolumeGeometry(
            new VolumeSize(Size(1), Size(2), Size(3)), spacing, origin, steps.Scaled(new(1 / spacing.X, 1 / spacing.Y, 1 / spacing.Z)));
    }

    /// <summary>A slope of 0 or NaN means that the stored numbers are the values.</summary>
    private static (double Slope, double Intercept) ReadScale(NiftiFields fields)
    {
        double slope = fields.Get(fields.Layout.Slope);
        double intercept = fields.Get(fields.Layout.Intercept);
        if (slope == 0 || double.IsNaN(slope))
        {
            return (1, 0);
        }

        intercept = double.IsNaN(intercept) ? 0 : intercept;
        return double.IsFinite(slope) && double.IsFinite(intercept)
            ? (slope, intercept)
            : throw new VolumeException(fields.File, $"has scl_slope {slope} and scl_inter {intercept}", Remedy);
    }

    private static (int Volumes, int Chosen) Choose(NiftiFields fields, int? volume)
    {
        double volumes = fields.Get(fields.Layout.Dim) == 4 ? fields.Get(fields.Layout.Dim, 4) : 1;
        if (!(volumes is >= 1 and <= VolumeLimits.MostVolumes && volumes == Math.Floor(volumes)))
        {
            throw new VolumeException(fields.File, $"has {volumes} volumes (dim[4])", $"1 to {VolumeLimits.MostVolumes} are read.");
        }

        if (volume is null && volumes > 1)
        {
            throw new VolumeException(fields.File, $"has {volumes} volumes", $"choose one of 0 to {volumes - 1}.");
        }

        return volume is null || (volume >= 0 && volume < volumes)
            ? ((int)volumes, volume ?? 0)
            : throw new VolumeException(fields.File, $"has no volume {volume}", $"choose one of 0 to {volumes - 1}.");
    }
}

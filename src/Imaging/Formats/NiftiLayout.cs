using System.Buffers.Binary;

namespace AdvSeg.Imaging.Formats;

/// <summary>How a number of a NIfTI header is stored.</summary>
internal enum NiftiNumber { Byte, Int16, Int32, Int64, Float32, Float64 }

/// <summary>Where a number, or the first of several, lies in a NIfTI header.</summary>
internal readonly record struct NiftiField(int Offset, NiftiNumber Number)
{
    private int Bytes => Number switch
    {
        NiftiNumber.Byte => 1,
        NiftiNumber.Int16 => 2,
        NiftiNumber.Int32 or NiftiNumber.Float32 => 4,
        NiftiNumber.Int64 or NiftiNumber.Float64 => 8,
    };

    /// <summary>As a double: every number that a header may have is one exactly.</summary>
    public double Get(ReadOnlySpan<byte> header, bool isBigEndian, int index = 0)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        header.Slice(Offset + (index * Bytes), Bytes).CopyTo(bytes);
        if (isBigEndian)
        {
            bytes.Reverse();
        }

        return Number switch
        {
            NiftiNumber.Byte => bytes[0],
            NiftiNumber.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            NiftiNumber.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            NiftiNumber.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
            NiftiNumber.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            NiftiNumber.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        };
    }

    /// <summary>Little-endian.</summary>
    public void Set(Span<byte> header, double value, int index = 0)
    {
        Span<byte> at = header[(Offset + (index * Bytes))..];
        switch (Number)
        {
            case NiftiNumber.Byte:
                at[0] = (byte)value;
                break;
            case NiftiNumber.Int16:
                BinaryPrimitives.WriteInt16LittleEndian(at, (short)value);
                break;
            case NiftiNumber.Int32:
                BinaryPrimitives.WriteInt32LittleEndian(at, (int)value);
                break;
            case NiftiNumber.Int64:
                BinaryPrimitives.WriteInt64LittleEndian(at, (long)value);
                break;
            case NiftiNumber.Float32:
                BinaryPrimitives.WriteSingleLittleEndian(at, (float)value);
                break;
            case NiftiNumber.Float64:
                BinaryPrimitives.WriteDoubleLittleEndian(at, value);
                break;
        }
    }
}

/// <summary>The header of a version of NIfTI (nifti1.h and nifti2.h of nifti.nimh.nih.gov): the fields that are read and written here.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="Bytes">Its length, which is also its first number.</param>
/// <param name="Magic">Where the magic lies.</param>
/// <param name="Single">The magic of a file that holds the voxels too; a header alone has an "i" for its "+".</param>
internal sealed record NiftiLayout(int Version, int Bytes, int Magic, byte[] Single)
{
    public static NiftiLayout One { get; } = new(1, 348, 344, [.. "n+1\0"u8])
    {
        Dim = new(40, NiftiNumber.Int16),
        DataType = new(70, NiftiNumber.Int16),
        BitPix = new(72, NiftiNumber.Int16),
        PixDim = new(76, NiftiNumber.Float32),
        VoxOffset = new(108, NiftiNumber.Float32),
        Slope = new(112, NiftiNumber.Float32),
        Intercept = new(116, NiftiNumber.Float32),
        Units = new(123, NiftiNumber.Byte),
        QformCode = new(252, NiftiNumber.Int16),
        SformCode = new(254, NiftiNumber.Int16),
        Quaternion = new(256, NiftiNumber.Float32),
        Srow = new(280, NiftiNumber.Float32),
    };

    public static NiftiLayout Two { get; } = new(2, 540, 4, [.. "n+2\0\r\n\x1a\n"u8])
    {
        Dim = new(16, NiftiNumber.Int64),
        DataType = new(12, NiftiNumber.Int16),
        BitPix = new(14, NiftiNumber.Int16),
        PixDim = new(104, NiftiNumber.Float64),
        VoxOffset = new(168, NiftiNumber.Int64),
        Slope = new(176, NiftiNumber.Float64),
        Intercept = new(184, NiftiNumber.Float64),
        Units = new(500, NiftiNumber.Int32),
        QformCode = new(344, NiftiNumber.Int32),
        SformCode = new(348, NiftiNumber.Int32),
        Quaternion = new(352, NiftiNumber.Float64),
        Srow = new(400, NiftiNumber.Float64),
    };

    /// <summary>The number of axes, then the size of each: 8 numbers.</summary>
    public NiftiField Dim { get; private init; }

    public NiftiField DataType { get; private init; }

    public NiftiField BitPix { get; private init; }

    /// <summary>The sign of the third axis (qfac), then the spacing of each: 8 numbers.</summary>
    public NiftiField PixDim { get; private init; }

    public NiftiField VoxOffset { get; private init; }

    public NiftiField Slope { get; private init; }

    public NiftiField Intercept { get; private init; }

    public NiftiField Units { get; private init; }

    public NiftiField QformCode { get; private init; }

    public NiftiField SformCode { get; private init; }

    /// <summary>b, c and d, then the origin: 6 numbers.</summary>
    public NiftiField Quaternion { get; private init; }

    /// <summary>The affine's first three rows: 12 numbers.</summary>
    public NiftiField Srow { get; private init; }
}

using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace AdvSeg.Imaging.Volumes;

/// <summary>Voxels as bytes: little-endian numbers of an <see cref="ElementType"/>.</summary>
public static class Voxels
{
    /// <summary>The values, scaled as the header says.</summary>
    /// <param name="header">Element type, slope and intercept.</param>
    /// <param name="stored">Bytes of as many voxels as <paramref name="values"/> takes.</param>
    /// <param name="values">Is filled.</param>
    public static void Values(VolumeHeader header, ReadOnlySpan<byte> stored, Span<double> values)
    {
        switch (header.ElementType)
        {
            case ElementType.U8:
                Widen(stored, values);
                break;
            case ElementType.I8:
                Widen(MemoryMarshal.Cast<byte, sbyte>(stored), values);
                break;
            case ElementType.U16:
                Widen(MemoryMarshal.Cast<byte, ushort>(stored), values);
                break;
            case ElementType.I16:
                Widen(MemoryMarshal.Cast<byte, short>(stored), values);
                break;
            case ElementType.U32:
                Widen(MemoryMarshal.Cast<byte, uint>(stored), values);
                break;
            case ElementType.I32:
                Widen(MemoryMarshal.Cast<byte, int>(stored), values);
                break;
            case ElementType.I64:
                Widen(MemoryMarshal.Cast<byte, long>(stored), values);
                break;
            case ElementType.F32:
                Widen(MemoryMarshal.Cast<byte, float>(stored), values);
                break;
            case ElementType.F64:
                MemoryMarshal.Cast<byte, double>(stored).CopyTo(values);
                break;
        }

        if (header.IsScaled)
        {
            foreach (ref double value in values)
            {
                value = (value * header.Slope) + header.Intercept;
            }
        }
    }

    /// <summary>Big-endian numbers become little-endian, in place.</summary>
    public static void Swap(Span<byte> stored, int bytes)
    {
        switch (bytes)
        {
            case 2:
                Span<ushort> shorts = MemoryMarshal.Cast<byte, ushort>(stored);
                BinaryPrimitives.ReverseEndianness(shorts, shorts);
                break;
            case 4:
                Span<uint> ints = MemoryMarshal.Cast<byte, uint>(stored);
                BinaryPrimitives.ReverseEndianness(ints, ints);
                break;
            case 8:
                Span<ulong> longs = MemoryMarshal.Cast<byte, ulong>(stored);
                BinaryPrimitives.ReverseEndianness(longs, longs);
                break;
            default:
                break;
        }
    }

    private static void Widen<T>(ReadOnlySpan<T> stored, Span<double> values)
        where T : struct, INumberBase<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = double.CreateTruncating(stored[i]);
        }
    }
}

using System.Security.Cryptography;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// A cell's runs as it keeps them in the store: a format number, the SHA-256 of the rest, then each run. The file is only a copy of what the results
/// say: when it is not exactly as it was written, the cell reads the results again.
/// </summary>
public static class CellFile
{
    private const int Format = 1;

    public static byte[] Write(IReadOnlyCollection<byte[]> packed)
    {
        using var content = new MemoryStream();
        using var writer = new BinaryWriter(content);
        PackedRun.WriteAll(writer, [.. packed], (w, run) =>
        {
            w.Write7BitEncodedInt(run.Length);
            w.Write(run);
        });
        byte[] runs = content.ToArray();
        return [.. BitConverter.GetBytes(Format), .. SHA256.HashData(runs), .. runs];
    }

    /// <summary>The packed runs; null for bytes that this format did not write.</summary>
    public static IReadOnlyList<byte[]>? Read(byte[] data)
    {
        const int Head = sizeof(int) + SHA256.HashSizeInBytes;
        if (data.Length < Head || BitConverter.ToInt32(data) != Format
            || !SHA256.HashData(data.AsSpan(Head)).AsSpan().SequenceEqual(data.AsSpan(sizeof(int), SHA256.HashSizeInBytes)))
        {
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(data, Head, data.Length - Head));
        return PackedRun.ReadAll(reader, ReadRun);
    }

    private static byte[] ReadRun(BinaryReader reader)
    {
        int bytes = reader.Read7BitEncodedInt();
        return bytes >= 0 && bytes <= reader.BaseStream.Length - reader.BaseStream.Position
            ? reader.ReadBytes(bytes)
            : throw new EndOfStreamException($"A run of {bytes} bytes is announced, and the bytes end before.");
    }
}

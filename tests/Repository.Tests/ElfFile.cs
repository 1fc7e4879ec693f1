using System.Buffers.Binary;
using System.Text;

namespace AdvSeg.Repository.Tests;

/// <summary>One symbol version that a library asks of another (Linux Standard Base, "Symbol Versioning").</summary>
internal sealed record VersionNeed(string Library, string Version, bool Weak);

/// <summary>Reads the version needs of a little-endian 64-bit ELF file: the section of type SHT_GNU_verneed.</summary>
internal static class ElfFile
{
    private const uint SectionTypeVersionNeed = 0x6ffffffe;
    private const ushort FlagWeak = 2;

    public static IReadOnlyList<VersionNeed> VersionNeeds(byte[] file)
    {
        Assert.Equal([0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1], file[..6]);
        int sections = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(0x28));
        int entrySize = Half(file, 0x3a);
        int count = Half(file, 0x3c);
        int[] headers = [.. Enumerable.Range(0, count).Select(i => sections + (i * entrySize))];
        int header = headers.Single(at => BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4)) == SectionTypeVersionNeed);
        int strings = Offset(file, headers[Word(file, header + 0x28)]);
        return [.. Read(file, Offset(file, header), Word(file, header + 0x2c), strings)];
    }

    private static IEnumerable<VersionNeed> Read(byte[] file, int need, int libraries, int strings)
    {
        for (int i = 0; i < libraries; i++, need += Word(file, need + 12))
        {
            string library = Text(file, strings + Word(file, need + 4));
            int entry = need + Word(file, need + 8);
            for (int left = Half(file, need + 2); left > 0; left--, entry += Word(file, entry + 12))
            {
                yield return new VersionNeed(library, Text(file, strings + Word(file, entry + 8)), (Half(file, entry + 4) & FlagWeak) != 0);
            }
        }
    }

    private static int Offset(byte[] file, int header) => (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(header + 0x18));

    private static int Word(byte[] file, int at) => BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at));

    private static ushort Half(byte[] file, int at) => BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(at));

    private static string Text(byte[] file, int at) => Encoding.ASCII.GetString(file.AsSpan(at, file.AsSpan(at).IndexOf((byte)0)));
}

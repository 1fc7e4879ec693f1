using System.Security.Cryptography;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>A cell's file is what it was written as, or nothing.</summary>
public sealed class CellFileTests
{
    private static readonly byte[][] Runs = [[1, 2, 3], [], [.. Enumerable.Range(0, 300).Select(i => (byte)i)]];

    [Fact]
    public void File_ReadAgain_HasTheRunsInTheirOrder() => Assert.Equal(Runs, CellFile.Read(CellFile.Write(Runs)));

    [Fact]
    public void File_OfNoRuns_IsOfNoRuns() => Assert.Empty(CellFile.Read(CellFile.Write([]))!);

    /// <summary>Format 1, the SHA-256 of the rest, the count, and each run with its length: another release reads it.</summary>
    [Fact]
    public void File_OfTwoRuns_HasTheseBytes()
    {
        byte[] runs = [2, 1, 7, 2, 8, 9];

        Assert.Equal([1, 0, 0, 0, .. SHA256.HashData(runs), .. runs], CellFile.Write([[7], [8, 9]]));
    }

    [Fact]
    public void File_WithAnyByteChangedOrMissing_IsNothing()
    {
        byte[] written = CellFile.Write(Runs);
        for (int i = 0; i < written.Length; i++)
        {
            byte[] changed = [.. written];
            changed[i] ^= 1;
            Assert.Null(CellFile.Read(changed));
            Assert.Null(CellFile.Read(written[..i]));
        }
    }

    /// <summary>Whoever writes a wrong length writes its digest too: the length is checked before anything of that size is asked for.</summary>
    [Theory]
    [InlineData(new byte[] { 1, 4, 1, 2, 3 })]
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff, 0x07, 1 })]
    [InlineData(new byte[] { 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1 })]
    [InlineData(new byte[] { 3, 0 })]
    public void File_ThatAnnouncesMoreThanThereIs_IsRefused(byte[] runs)
    {
        byte[] file = [1, 0, 0, 0, .. SHA256.HashData(runs), .. runs];

        Assert.Throws<EndOfStreamException>(() => CellFile.Read(file));
    }
}

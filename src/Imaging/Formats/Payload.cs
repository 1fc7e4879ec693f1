using System.IO.Compression;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>How the bytes of voxels are packed.</summary>
internal enum Packing { None, ZLib, GZip }

/// <summary>
/// The decompressed bytes of a file, in order. Nothing is read ahead, and what cannot be there is refused before memory is taken for it.
/// </summary>
internal sealed class Payload : IDisposable
{
    private readonly string _file;
    private readonly Stream _stored;
    private readonly Stream _stream;

    /// <summary>Null: nothing is to be undone.</summary>
    private readonly CompressedBytes? _packed;

    /// <summary>A decompressor of gzip looks whether another stream follows, one of zlib does not.</summary>
    private readonly int _lookAhead;

    /// <param name="file">For messages.</param>
    /// <param name="stored">At its first byte; closed with the payload.</param>
    /// <param name="packing">What to undo.</param>
    public Payload(string file, Stream stored, Packing packing)
    {
        (_file, _stored) = (file, stored);
        _packed = packing == Packing.None ? null : new CompressedBytes(stored);
        _lookAhead = packing == Packing.GZip ? 1 : 0;
        _stream = packing switch
        {
            Packing.None => stored,
            Packing.ZLib => new ZLibStream(_packed!, CompressionMode.Decompress),
            Packing.GZip => new GZipStream(_packed!, CompressionMode.Decompress),
        };
    }

    /// <summary>Gzip or not, by the first two bytes.</summary>
    public static Payload OpenSniffed(string file, Stream stored)
    {
        Packing packing = stored.ReadByte() == 0x1f && stored.ReadByte() == 0x8b ? Packing.GZip : Packing.None;
        stored.Position = 0;
        return new Payload(file, stored, packing);
    }

    /// <summary>Refuses a file that is too short to hold so many more bytes, whatever it is packed with.</summary>
    /// <exception cref="VolumeException">It is.</exception>
    public void RequireRoomFor(long bytes)
    {
        long stored = _stored.Length - (_packed is null ? _stored.Position : 0);
        if (bytes > (_packed is null ? stored : (stored + 1) * VolumeLimits.MostOfDeflate))
        {
            throw Short($"has {stored} bytes{(_packed is null ? "" : ", compressed,")} where its header asks for {bytes} bytes of voxels");
        }
    }

    /// <summary>Fills the span with the next bytes.</summary>
    /// <exception cref="VolumeException">They end too early or are damaged.</exception>
    public void Read(Span<byte> bytes)
    {
        int count = ReadUpTo(bytes);
        if (count < bytes.Length)
        {
            throw Short($"ends {bytes.Length - count} bytes too early");
        }
    }

    /// <returns>How many there were.</returns>
    public int ReadUpTo(Span<byte> bytes)
    {
        int count;
        try
        {
            count = _stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e);
        }

        // Zeros behind a file that is cut short may pass for data.
        return _packed?.Beyond > (count < bytes.Length ? _lookAhead : 0) ? throw Damaged(null) : count;
    }

    public void Skip(long bytes)
    {
        Span<byte> scratch = stackalloc byte[4096];
        for (long left = bytes; left > 0; left -= scratch.Length)
        {
            Read(scratch[..(int)Math.Min(left, scratch.Length)]);
        }
    }

    /// <summary>
    /// Refuses bytes that are left over: the voxels are not those of the header, or something was put behind them. Reading to the end also has
    /// checksums verified.
    /// </summary>
    /// <exception cref="VolumeException">There are more bytes, compressed or not.</exception>
    public void RequireEnd()
    {
        Span<byte> one = stackalloc byte[1];
        if (ReadUpTo(one) > 0)
        {
            throw new VolumeException(
                _file, "holds more bytes than its header's voxels take", "its sizes or its element type are wrong: convert it again.");
        }

        if (_packed is { } packed && packed.Left + _lookAhead - packed.Beyond > 0)
        {
            throw new VolumeException(
                _file, "holds bytes behind the end of its compressed data", "something was appended to it: fetch it, or compress it, again.");
        }
    }

    public void Dispose()
    {
        _stream.Dispose();
        _stored.Dispose();
    }

    private VolumeException Damaged(Exception? cause) => new(_file, "has compressed data that are damaged or cut short", "fetch it again.", cause);

    private VolumeException Short(string problem) => new(_file, problem, "it is cut short, or its sizes are wrong: fetch or convert it again.");
}

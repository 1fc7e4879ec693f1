namespace AdvSeg.Imaging.Formats;

/// <summary>
/// A compressed file as .NET's decompressors are given it. They read ahead, and notice neither a checksum that is cut off nor bytes that follow it.
/// So this stream gives the last bytes one by one, and then zeros: where a decompressor stopped then says whether its data ended where the file does.
/// </summary>
/// <param name="stored">At its first byte; not closed.</param>
internal sealed class CompressedBytes(Stream stored) : Stream
{
    /// <summary>More than a checksum and the end of the last block take.</summary>
    private const int OneByOne = 64;

    private readonly long _length = stored.Length;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Bytes of the file that nobody asked for.</summary>
    public long Left => _length - stored.Position;

    /// <summary>Zeros that were asked for beyond the file.</summary>
    public int Beyond { get; private set; }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || Beyond == OneByOne)
        {
            return 0;
        }

        if (Left == 0)
        {
            Beyond++;
            buffer[0] = 0;
            return 1;
        }

        return stored.Read(buffer[..(int)Math.Min(buffer.Length, Math.Max(1, Left - OneByOne))]);
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}

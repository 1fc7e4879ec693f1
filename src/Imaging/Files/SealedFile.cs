using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Files;

/// <summary>
/// The envelope of the binary files in this folder: 8 bytes of magic, a little-endian int32 version, the body, and the SHA-256 of all of it.
/// </summary>
internal static class SealedFile
{
    private const int MagicBytes = 8;
    private const int HeaderBytes = MagicBytes + sizeof(int);

    public static byte[] Write(string magic, int version, Action<BinaryWriter> writeBody)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Encoding.ASCII.GetBytes(magic));
        writer.Write(version);
        writeBody(writer);
        writer.Flush();
        writer.Write(SHA256.HashData(stream.GetBuffer().AsSpan(0, (int)stream.Length)));
        return stream.ToArray();
    }

    /// <summary>Checks the envelope and reads the body, which must use it up.</summary>
    /// <exception cref="SpecException">Not such a file, of another version, truncated or damaged.</exception>
    public static T Read<T>(byte[] data, string source, string magic, int version, string kind, Func<BinaryReader, T> readBody)
    {
        if (data.Length < HeaderBytes || !data.AsSpan(0, MagicBytes).SequenceEqual(Encoding.ASCII.GetBytes(magic)))
        {
            throw new SpecException($"{source} is not a {kind} ({data.Length} bytes that do not begin with {magic}); {Remedy}");
        }

        int found = BitConverter.ToInt32(data, MagicBytes);
        if (found != version)
        {
            throw new SpecException(
                $"{source} is a {kind} of version {found}; this program reads version {version}. Make it again with this program.");
        }

        int end = data.Length - SHA256.HashSizeInBytes;
        if (end < HeaderBytes || !SHA256.HashData(data.AsSpan(0, end)).AsSpan().SequenceEqual(data.AsSpan(end)))
        {
            throw new SpecException($"{source} is truncated or damaged: the checksum at the end of its {data.Length} bytes does not match; {Remedy}");
        }

        using var reader = new BinaryReader(new MemoryStream(data, HeaderBytes, end - HeaderBytes), Encoding.UTF8);
        return ReadBody(reader, source, kind, readBody);
    }

    /// <summary>Bytes of the body that have not been read yet.</summary>
    public static long Left(this BinaryReader reader) => reader.BaseStream.Length - reader.BaseStream.Position;

    private const string Remedy = "fetch or import it again.";

    private static T ReadBody<T>(BinaryReader reader, string source, string kind, Func<BinaryReader, T> readBody)
    {
        try
        {
            T body = readBody(reader);
            return reader.Left() == 0 ? body : throw new SpecException($"{source} has {reader.Left()} bytes more than a {kind} has; {Remedy}");
        }
        catch (Exception e) when (e is IOException or FormatException or OverflowException or ArgumentException)
        {
            throw new SpecException($"{source} is a malformed {kind}: {e.Message} {Remedy}", e);
        }
    }
}

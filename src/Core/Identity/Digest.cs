using System.Buffers;
using System.Security.Cryptography;

namespace AdvSeg.Core.Identity;

/// <summary>SHA-256 (FIPS 180-4) as 64 lower-case hex digits: the only content digest used for identities, artifacts and results.</summary>
public static class Digest
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    public static string Of(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    public static string Of(Stream data) => Convert.ToHexStringLower(SHA256.HashData(data));

    /// <summary>The digest of a record's canonical JSON.</summary>
    public static string OfJson<T>(T value) => Of(CanonicalJson.Write(value));

    public static bool IsSha256(string text) =>
        text.Length == 64 && !text.AsSpan().ContainsAnyExcept(HexDigits);
}

using System.Security.Cryptography;
using System.Text;

namespace AdvSeg.Core.Access;

/// <summary>
/// What somebody sends to show who they are: <c>advseg_ID_SECRET</c>, 16 and 64 hex digits. The prefix lets scanners find one that was
/// published by mistake.
/// </summary>
public sealed record SecretText(CredentialKind Kind, string Id, string Secret)
{
    private const string TokenPrefix = "advseg";
    private const string SessionPrefix = "session";
    private const int IdBytes = 8;
    private const int SecretBytes = 32;

    /// <summary>Draws from the operating system's random numbers, so that nobody can draw the same again.</summary>
    public static SecretText Draw(CredentialKind kind) => new(kind, Draw(IdBytes), Draw(SecretBytes));

    /// <summary>Null for a text that is none of this kind.</summary>
    public static SecretText? Parse(CredentialKind kind, string text) =>
        text.Split('_') is [var prefix, var id, var secret] && prefix == PrefixOf(kind) && IsId(id) && Identity.Digest.IsSha256(secret)
            ? new SecretText(kind, id, secret)
            : null;

    /// <summary>Whether the text begins like one of this kind, and so was meant as one.</summary>
    public static bool IsLike(CredentialKind kind, string text) => text.StartsWith($"{PrefixOf(kind)}_", StringComparison.Ordinal);

    /// <summary>Whether the text is the id of a token.</summary>
    public static bool IsId(string text) => text.Length == 2 * IdBytes && Identity.Digest.IsSha256(text.PadRight(64, '0'));

    /// <summary>What the store keeps.</summary>
    public string Digest() => Identity.Digest.Of(Encoding.ASCII.GetBytes(Secret));

    /// <summary>Takes as long for a wrong digest as for the right one.</summary>
    public bool IsOf(string digest) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Digest()), Encoding.ASCII.GetBytes(digest));

    public override string ToString() => $"{PrefixOf(Kind)}_{Id}_{Secret}";

    private static string PrefixOf(CredentialKind kind) => kind switch
    {
        CredentialKind.Token => TokenPrefix,
        CredentialKind.Session => SessionPrefix,
    };

    private static string Draw(int bytes) => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));
}

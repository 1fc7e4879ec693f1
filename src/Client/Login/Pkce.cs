using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AdvSeg.Client.Login;

/// <summary>
/// Proves that the program that redeems a code is the one that asked for it (RFC 7636): the challenge is sent first, the verifier with the code.
/// </summary>
internal sealed record Pkce(string Verifier)
{
    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    public static Pkce Draw() => new(Random(32));

    /// <summary>Of the operating system's random numbers.</summary>
    public static string Random(int bytes) => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(bytes));
}

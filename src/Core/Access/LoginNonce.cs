using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AdvSeg.Core.Access;

/// <summary>
/// Ties the ID token that a provider gives <c>advseg</c> to one server. The provider puts the nonce into the token; another server that knows the
/// same user makes another nonce from its own name, and so refuses the token.
/// </summary>
public static class LoginNonce
{
    /// <param name="place">Name and path of the server, as <see cref="PlaceOf"/> writes them.</param>
    /// <param name="salt">What <c>advseg</c> has drawn for this sign-in.</param>
    public static string Of(string place, string salt) =>
        Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"advseg login at {place}\n{salt}")));

    /// <param name="host">Its name.</param>
    /// <param name="port">Null where it is not written.</param>
    /// <param name="path">Below which the server is; empty for the root.</param>
    public static string PlaceOf(string host, int? port, string path) => HostSpelling.Of(host, port) + path.TrimEnd('/');
}

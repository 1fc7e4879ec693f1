using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Http;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// A value that a session's pages send with every change. No other site can know it: it is derived from the session's secret, which is in a cookie
/// that no script reads.
/// </summary>
internal static class Antiforgery
{
    public const string Header = "X-AdvSeg-Antiforgery";
    public const string Field = "antiforgery";

    public static string Of(SecretText session) => Digest.Of(Encoding.ASCII.GetBytes($"antiforgery {session.Secret}"));

    public static async Task<bool> IsSentAsync(HttpRequest request, SecretText session)
    {
        string sent = request.Headers[Header].ToString();
        if (sent.Length == 0 && request.HasFormContentType)
        {
            sent = (await Forms.ReadAsync(request))[Field].ToString();
        }

        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(Of(session)));
    }
}

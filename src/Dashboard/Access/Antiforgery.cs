using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Http;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// What the pages of a session send with every change, and no other site can know: it follows from the session's secret, which is in a
/// cookie that no script reads.
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

using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Errors;
using Microsoft.IdentityModel.JsonWebTokens;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Checks that the provider's tokens were asked for this server. Somebody who runs another server, at which users sign in with <c>advseg</c>, has
/// tokens of the same provider for the same client, and that client keeps no secret. So a token for the client alone proves nothing.
/// </summary>
internal sealed class LoginBinding(StoreProtection protection, DashboardSettings dashboard)
{
    private const string Purpose = "advseg login";

    /// <exception cref="SpecException">This server has no name that is its own alone, so tokens could not be tied to it.</exception>
    public static void RequireName(AccessSettings access, DashboardSettings dashboard)
    {
        if (access.Logins.Contains(LoginMethod.Oidc) && access.Oidc.CliClientId.Length > 0 && !dashboard.IsOfLoopbackAlone
            && (dashboard.AllowedHosts.Contains("*") || !dashboard.AllowedHosts.Any(dashboard.Names)))
        {
            throw new SpecException(
                $"ADVSEG_Oidc__CliClientId is set, and this server has no name that is its own alone; name it in {DashboardSettings.HostsVariable}, "
                    + "without '*': 'advseg login' ties what the provider gives to that name.");
        }
    }

    /// <param name="request">By which name the server is asked.</param>
    /// <param name="shown">What the ID token says.</param>
    /// <param name="salt">Of the nonce.</param>
    /// <param name="binding">What this server gave when the user signed in first; null for none. A renewed ID token need not have the nonce.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What renews the sign-in.</returns>
    /// <exception cref="UnknownUserException">The tokens were asked for another server, or nothing says for which.</exception>
    public async Task<string> RequireAsync(
        HttpRequest request, ClaimsIdentity shown, string salt, string? binding, CancellationToken cancellationToken)
    {
        await protection.LoadAsync(cancellationToken);
        byte[] user = Encoding.UTF8.GetBytes($"{ClaimOf(shown, JwtRegisteredClaimNames.Iss)}\n{ClaimOf(shown, JwtRegisteredClaimNames.Sub)}");
        if (binding is { Length: > 0 } && Opens(binding, user))
        {
            return binding;
        }

        // A server that has loopback names alone is told apart by its port. A request may name any port, so it must be that of the connection.
        string host = request.Host.Host;
        bool isOwn = dashboard.IsOfLoopbackAlone
            ? SessionCookie.IsLoopback(request.Host) && (request.Host.Port ?? 80) == request.HttpContext.Connection.LocalPort
            : dashboard.Names(host);
        if (!isOwn)
        {
            throw new UnknownUserException(
                $"Signing in did not succeed: '{request.Host}' may be another server too. Run 'advseg login' with a name and port of this one: "
                    + $"{string.Join(", ", dashboard.AllowedHosts.Where(name => dashboard.IsOfLoopbackAlone || dashboard.Names(name)))}.");
        }

        string expected = LoginNonce.Of(LoginNonce.PlaceOf(host, request.Host.Port, request.PathBase.Value!), salt);
        return ClaimOf(shown, JwtRegisteredClaimNames.Nonce) == expected
            ? Base64Url.EncodeToString(protection.CreateProtector(Purpose).Protect(user))
            : throw new UnknownUserException(
                "Signing in did not succeed: the ID token was asked for another server, by an 'advseg' of before, or the provider leaves out the "
                    + "nonce that ties it to this one, as some do with --device. Begin again with 'advseg login'.");
    }

    private bool Opens(string binding, byte[] user)
    {
        try
        {
            return protection.CreateProtector(Purpose).Unprotect(Base64Url.DecodeFromChars(binding)).AsSpan().SequenceEqual(user);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return false;
        }
    }

    private static string? ClaimOf(ClaimsIdentity shown, string name) => shown.FindFirst(name)?.Value;
}

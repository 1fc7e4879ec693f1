using AdvSeg.Core.Access;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Quotas;

namespace AdvSeg.Dashboard.Access;

/// <summary>Begins and ends the sessions of browsers.</summary>
internal sealed class SignIn(
    Credentials credentials, Sessions sessions, SessionCookie cookies, RequestRates rates, AccessSettings settings, TimeProvider clock)
{
    public const string Path = "/login";

    /// <summary>Purpose of a session whose text is in a cookie.</summary>
    public const string OfBrowser = "browser";

    /// <summary>Purpose of one whose text is a Bearer token.</summary>
    public const string OfProgram = "advseg login";

    /// <summary>A day at work.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(10);

    public async Task BeginAsync(HttpContext context, Caller caller)
    {
        (SecretText secret, Credential made) = await MakeAsync(context, caller, OfBrowser);
        bool isOfProvider = caller.By == Callers.ByProvider;

        // The cookie of a session from the provider outlives it: its browser is sent to the provider again, and comes back without being asked.
        cookies.Set(context, secret.ToString(), isOfProvider ? made.Created + Life : made.Expires, isOfProvider);
    }

    /// <summary>A session lasts no longer than what it was begun with.</summary>
    public async Task<(SecretText Secret, Credential Made)> MakeAsync(HttpContext context, Caller caller, string purpose)
    {
        // The gate that counts requests did not know this user yet, so this counts: the session and the log's entry stay for long.
        rates.Take(caller.User);
        await context.BeginAuditAsync(caller);
        TimeSpan left = (caller.Expires ?? DateTimeOffset.MaxValue) - clock.GetUtcNow(), most = caller.By == Callers.ByProvider
            ? settings.Oidc.Recheck
            : Life;
        (SecretText secret, Credential made) = await credentials.MakeAsync(
            CredentialKind.Session, caller.User, purpose, left < most ? left : most, caller.User.Name, caller.Token, context.RequestAborted);

        // The session is stored, so it is counted even if the client goes away now.
        await sessions.AdmitAsync(made, CancellationToken.None);
        return (secret, made);
    }

    public async Task EndAsync(HttpContext context)
    {
        if (context.Caller().SessionId is { } session)
        {
            await sessions.EndAsync(session, Sessions.KeyOf(context.Caller()), context.RequestAborted);
        }

        cookies.Remove(context);
    }

    /// <summary>Where somebody wanted to go; never another site, nor what no header can hold.</summary>
    public static string TargetOf(string? text) =>
        text is { Length: > 0 } && text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal)
        && text.All(c => c is >= ' ' and <= '~' and not '\\')
            ? text
            : "/";
}

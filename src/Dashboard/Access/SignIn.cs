using AdvSeg.Core.Access;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Access;

/// <summary>Begins and ends the sessions of browsers.</summary>
internal sealed class SignIn(Credentials credentials, Sessions sessions, SessionCookie cookies)
{
    public const string Path = "/login";

    /// <summary>A day at work.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromHours(10);

    /// <summary>A session lasts no longer than what it was begun with.</summary>
    public async Task BeginAsync(HttpContext context, Caller caller, DateTimeOffset now)
    {
        TimeSpan left = (caller.Expires ?? DateTimeOffset.MaxValue) - now;
        (SecretText secret, Credential made) = await credentials.MakeAsync(
            CredentialKind.Session, caller.User, "browser", left < Life ? left : Life, caller.User.Name, caller.Token, context.RequestAborted);
        await sessions.AdmitAsync(made, context.RequestAborted);
        cookies.Set(context, secret.ToString(), made.Expires);
    }

    public async Task EndAsync(HttpContext context)
    {
        if (context.Caller().Session is { } session)
        {
            await sessions.EndAsync(session.Id, context.RequestAborted);
        }

        cookies.Remove(context);
    }

    /// <summary>Where somebody wanted to go; never another site.</summary>
    public static string TargetOf(string? text) =>
        text is { Length: > 0 } && text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal)
        && !text.Any(c => c == '\\' || char.IsControl(c))
            ? text
            : "/";
}

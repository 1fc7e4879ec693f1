using AdvSeg.Core.Access;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Access;

/// <summary>Begins and ends the sessions of browsers.</summary>
internal sealed class SignIn(Credentials credentials)
{
    public const string Path = "/login";

    /// <summary>A day at work.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromHours(10);

    /// <summary>A session lasts no longer than what it was begun with.</summary>
    public async Task BeginAsync(HttpContext context, Caller caller, DateTimeOffset now)
    {
        await credentials.ForgetExpiredSessionsAsync(context.RequestAborted);
        TimeSpan left = (caller.Expires ?? DateTimeOffset.MaxValue) - now;
        (SecretText secret, Credential made) = await credentials.MakeAsync(
            CredentialKind.Session, caller.User, "browser", left < Life ? left : Life, caller.User.Name, caller.Token, context.RequestAborted);
        SessionCookie.Set(context, secret.ToString(), made.Expires);
    }

    public async Task EndAsync(HttpContext context)
    {
        if (context.Caller().Session is { } session)
        {
            await credentials.EndAsync(CredentialKind.Session, session.Id, context.RequestAborted);
        }

        SessionCookie.Remove(context);
    }

    /// <summary>Where somebody wanted to go; never another site.</summary>
    public static string TargetOf(string? text) =>
        text is { Length: > 0 } && text[0] == '/' && !text.StartsWith("//", StringComparison.Ordinal)
        && !text.Any(c => c == '\\' || char.IsControl(c))
            ? text
            : "/";
}

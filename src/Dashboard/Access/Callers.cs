using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>Finds out who sent a request.</summary>
internal sealed class Callers(AccessSettings settings, Credentials credentials, SessionCookie cookies)
{
    /// <summary><see cref="Caller.By"/> of a user whom the provider has just recognised.</summary>
    public const string ByProvider = "oidc";
    private const string ByProxy = "proxy";
    private const string Bearer = "Bearer";

    /// <summary>
    /// How long a request may go on with the user that its proxy named. Whether the proxy still would shows only at another request.
    /// </summary>
    private static readonly TimeSpan SaidFor = TimeSpan.FromMinutes(5);

    /// <returns>Null for one who shows nothing.</returns>
    /// <exception cref="UnknownUserException">What is shown is not valid: then nothing else is looked at.</exception>
    /// <exception cref="RefusedException">The user is known and has no role.</exception>
    public async Task<Caller?> FindAsync(HttpContext context)
    {
        if (!settings.HasLogin)
        {
            return Caller.Local;
        }

        Caller? found = await LookAsync(context);
        return found is not null && settings.Teams.Contains(found.User.Name)
            ? throw new RefusedException($"'{found.User.Name}' is a team in ADVSEG_TEAMS; nobody may have its name.")
            : found;
    }

    private async Task<Caller?> LookAsync(HttpContext context)
    {
        string[] authorization = context.Request.Headers.Authorization.ToString().Split(' ', 2);
        string? text = authorization[0].Equals(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[^1].Trim() : null;
        if (text is not null && settings.Logins.Contains(LoginMethod.Oidc) && SecretText.IsLike(CredentialKind.Session, text))
        {
            return await OfSessionAsync(text, SignIn.OfProgram, context.RequestAborted)
                ?? throw new UnknownUserException("Your sign-in has ended; 'advseg login' begins another one.");
        }

        if (text is not null && settings.Logins.Contains(LoginMethod.Token))
        {
            // A Bearer token that this server did not make may be the provider's, which the proxy has checked and passes on: then the proxy's word
            // counts.
            return !SecretText.IsLike(CredentialKind.Token, text) && !IsAdminToken(text) && OfProxy(context) is { } recognised
                ? recognised
                : await OfTokenAsync(text, context.RequestAborted);
        }

        return cookies.Find(context) is { } cookie && await OfSessionAsync(cookie, SignIn.OfBrowser, context.RequestAborted) is { } session
            ? session
            : OfProxy(context);
    }

    /// <exception cref="UnknownUserException">It is no token, was revoked, or has expired.</exception>
    public async Task<Caller> OfTokenAsync(string text, CancellationToken cancellationToken)
    {
        if (IsAdminToken(text))
        {
            return new Caller(new User(User.AdminsName, Role.Admin, []), "token") { Token = AdminTokenId };
        }

        Credential token = await credentials.FindAsync(CredentialKind.Token, text, cancellationToken)
            ?? throw new UnknownUserException(
                "The token is not valid: it was never made, was revoked, or has expired. Ask an admin for another one.");
        return new Caller(UserOf(token), "token") { Expires = token.Expires, Token = token.Id };
    }

    /// <param name="text">Its secret text.</param>
    /// <param name="purpose">
    /// Of a browser or of a program. One is not taken for the other, because a browser's changes need the antiforgery value too.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<Caller?> OfSessionAsync(string text, string purpose, CancellationToken cancellationToken) =>
        await credentials.FindAsync(CredentialKind.Session, text, cancellationToken) is { } session
        && session.Purpose == purpose
        && await GoesOnAsync(session.Parent, cancellationToken)
            ? new Caller(UserOf(session), "session")
            {
                Expires = session.Expires,
                SessionId = session.Id,
                Token = session.Parent,
                Session = purpose == SignIn.OfBrowser ? SecretText.Parse(CredentialKind.Session, text) : null,
            }
            : null;

    /// <summary>Drops teams that are not listed: a user may have such a name.</summary>
    private User UserOf(Credential shown) => shown.ToUser() with { Teams = [.. shown.Teams.Where(settings.Teams.Contains)] };

    /// <summary>Whether the request still shows the user that it showed at its start; for answers that take long.</summary>
    /// <param name="context">The request.</param>
    /// <param name="user">The user at the start.</param>
    /// <param name="age">Time since the start.</param>
    public async Task<bool> StillIsAsync(HttpContext context, User user, TimeSpan age)
    {
        try
        {
            return await FindAsync(context) is { } now && now.User.Name == user.Name && (now.By != ByProxy || age < SaidFor);
        }
        catch (Exception e) when (e is UnknownUserException or RefusedException)
        {
            return false;
        }
    }

    /// <summary>
    /// Whether a session goes on. It ends with the token that it was begun with, and when the server no longer takes that way of signing in.
    /// </summary>
    /// <param name="token">Of the session; null for one that was begun at the provider.</param>
    /// <param name="cancellationToken">Gives up.</param>
    private async Task<bool> GoesOnAsync(string? token, CancellationToken cancellationToken) => token is null
        ? settings.Logins.Contains(LoginMethod.Oidc)
        : settings.Logins.Contains(LoginMethod.Token) && (token == AdminTokenId || await credentials.HasTokenAsync(token, cancellationToken));

    /// <summary>The headers of anybody but a named proxy are not looked at.</summary>
    private Caller? OfProxy(HttpContext context)
    {
        string name = context.Request.Headers[settings.Proxy.UserHeader].ToString();
        if (!settings.Logins.Contains(LoginMethod.Proxy) || name.Length == 0 || !settings.Proxy.Sends(context, settings.ProxySecret))
        {
            return null;
        }

        // Groups are split at commas alone: if another character split them too, somebody who may name groups could hide any group in a name.
        string[] groups = context.Request.Headers[settings.Proxy.GroupsHeader].ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new Caller(Recognised(name, groups), ByProxy);
    }

    /// <exception cref="RefusedException">The name cannot be used, or has no role.</exception>
    public Caller OfProvider(string name, string[] groups) => new(Recognised(name, groups), ByProvider);

    /// <summary>A user whom somebody else has recognised.</summary>
    private User Recognised(string name, string[] groups)
    {
        if (!User.IsFree(name))
        {
            throw new RefusedException("The user name that the proxy or provider gives cannot own sweeps; it must be 1 to 64 of A-Z, a-z, 0-9, '.', "
                + $"'_', '-' and '@', and not '{User.NobodysName}' or '{User.AdminsName}'. An admin names another header in "
                + "ADVSEG_Proxy__UserHeader, or another claim in ADVSEG_Oidc__NameClaim.");
        }

        Role role = settings.Roles.Of(name, groups)
            ?? throw new RefusedException($"User '{name}' has no role here; an admin grants one by name, or by group as group:NAME, in "
                + "ADVSEG_Roles__Viewer, ADVSEG_Roles__Operator or ADVSEG_Roles__Admin.");
        return new User(name, role, [.. groups.Where(settings.Teams.Contains)]);
    }

    /// <summary>The parent of sessions that were begun with the settings' token. Another token has another id, so these sessions end.</summary>
    private string? AdminTokenId => settings.AdminToken is { } token ? Digest.Of(Encoding.UTF8.GetBytes($"admin token {token}"))[..16] : null;

    private bool IsAdminToken(string text) => settings.AdminToken is { } token
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(text)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}

namespace AdvSeg.Core.Access;

public enum CredentialKind
{
    /// <summary>Of a program: sent with every request until it expires or is revoked.</summary>
    Token,

    /// <summary>Of a browser: in a cookie, from signing in to signing out.</summary>
    Session,
}

/// <summary>A token or a session as the store keeps it: without its secret, so that a reader of the store cannot use it.</summary>
/// <param name="Id">16 hex digits, which stand in the secret text too.</param>
/// <param name="Purpose">What it is for, in the words of who made it.</param>
/// <param name="User">Whose it is.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Teams">Owners whose sweeps it may steer as well.</param>
/// <param name="Digest">SHA-256 of the secret, which has 256 random bits and so needs no slow hash.</param>
/// <param name="Created">When it was made.</param>
/// <param name="Expires">From then on it is refused.</param>
/// <param name="By">Who made it.</param>
public sealed record Credential(
    string Id, string Purpose, string User, Role Role, IReadOnlyList<string> Teams, string Digest, DateTimeOffset Created, DateTimeOffset Expires,
    string By)
{
    /// <summary>
    /// The token that a session was begun with: the session ends with its token. Null for tokens, and for sessions that were begun otherwise.
    /// </summary>
    public string? Parent { get; init; }

    public User ToUser() => new(User, Role, Teams);
}

/// <summary>Seals what a browser carries while it signs in at a provider: 64 hex digits.</summary>
public sealed record SignInKey(string Key);

/// <summary>When a token was last used, to some minutes.</summary>
public sealed record CredentialUse(DateTimeOffset At);

/// <summary>A token as people see it.</summary>
public sealed record TokenView(
    string Id, string Purpose, string User, Role Role, IReadOnlyList<string> Teams, DateTimeOffset Created, DateTimeOffset Expires, string By)
{
    public DateTimeOffset? LastUsed { get; init; }

    /// <summary>What is wrong with its record; null when nothing is. A token with a damaged record lets nobody in.</summary>
    public string? Damage { get; init; }

    /// <summary>A token of which only the id is known: an admin can still revoke it.</summary>
    public static TokenView Damaged(string id, string damage) =>
        new(id, "its record cannot be read", "", Role.Viewer, [], DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, "") { Damage = damage };

    public static TokenView Of(Credential token) =>
        new(token.Id, token.Purpose, token.User, token.Role, token.Teams, token.Created, token.Expires, token.By);
}

/// <summary>A token that was just made: its secret is shown this once.</summary>
public sealed record MadeToken(string Token, TokenView Made);

/// <summary>How <c>advseg</c> signs users of a server in.</summary>
/// <param name="Authority">Address of the OpenID Connect provider.</param>
/// <param name="ClientId">The id that <c>advseg</c> has there, as a public client.</param>
/// <param name="Scopes">Asked for besides the usual ones, with spaces between.</param>
public sealed record LoginOffer(string Authority, string ClientId, string Scopes);

/// <summary>A session of a program that was just begun: its text is shown this once.</summary>
public sealed record MadeSession(string Token, WhoAmI Who)
{
    /// <summary>
    /// The program shows it with ID tokens that the provider renews, as proof that they are for this server. Alone it lets nobody in.
    /// </summary>
    public string? Binding { get; init; }
}

/// <summary>The sessions of one token, or of one user of the provider, that may go on, whichever server began them.</summary>
public sealed record SessionList(IReadOnlyList<SessionMark> Sessions);

public sealed record SessionMark(string Id, DateTimeOffset Created, DateTimeOffset Expires);

/// <summary>How many sessions of a user were ended.</summary>
public sealed record EndedSessions(int Ended);

/// <summary>Who somebody is to a server.</summary>
/// <param name="Name">Owner of what they submit.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Teams">Owners whose sweeps they may steer as well.</param>
/// <param name="By">How they showed who they are: <c>none</c>, <c>token</c>, <c>session</c>, <c>proxy</c>, <c>oidc</c>.</param>
public sealed record WhoAmI(string Name, Role Role, IReadOnlyList<string> Teams, string By)
{
    /// <summary>When the token or session that they showed expires; null when it does not.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How much they use of each quota; null where there are no quotas.</summary>
    public IReadOnlyList<QuotaUse>? Quotas { get; init; }
}

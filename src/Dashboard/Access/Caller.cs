using AdvSeg.Core.Access;

namespace AdvSeg.Dashboard.Access;

/// <summary>Whoever sent a request, and how that is known.</summary>
/// <param name="User">Who it is.</param>
/// <param name="By">What showed it: <c>none</c>, <c>token</c>, <c>session</c>, <c>proxy</c>.</param>
internal sealed record Caller(User User, string By)
{
    /// <summary>Without a login.</summary>
    public static Caller Local { get; } = new(User.Local, "none");

    public DateTimeOffset? Expires { get; init; }

    /// <summary>The token, by its id; null for callers without one.</summary>
    public string? Token { get; init; }

    /// <summary>The session, by its id; null for callers without one.</summary>
    public string? SessionId { get; init; }

    /// <summary>The secret text of a session in a cookie, which browsers send by themselves; null for callers without one.</summary>
    public SecretText? Session { get; init; }

    public bool IsLocal => By == Local.By;
}

/// <summary>Whoever asks, known before it is known whether they may.</summary>
internal sealed record AskedBy(Caller Caller);

internal static class CallerOfContext
{
    /// <summary>Who is asking; there is one at every endpoint that is not open.</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("the endpoint is open to everybody: nobody has said who asks");
}

/// <summary>Who asks for the page that is being rendered.</summary>
internal sealed class CurrentCaller(IHttpContextAccessor accessor, AccessSettings settings)
{
    public Caller? Now => accessor.HttpContext?.Features.Get<Caller>();

    public bool HasLogin => settings.HasLogin;

    public bool IsAdmin => Now?.User.Role == Role.Admin;

    /// <summary>Sent with every change; null for callers without a cookie, because a page of another site cannot make them send anything.</summary>
    public string? Antiforgery => Now?.Session is { } session ? Access.Antiforgery.Of(session) : null;

    public bool MaySteer(string owner) => Now?.User.MaySteer(settings.OwnerOf(owner)) == true;
}

using System.Net;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// The cookie of a session: no script reads it, no other site's request brings it along but a link that is followed, and only TLS carries it.
/// On the loopback address alone it goes without TLS, where there is none.
/// </summary>
internal static class SessionCookie
{
    /// <summary>A browser takes it only over TLS, for this host and all of its paths.</summary>
    private const string SecureName = "__Host-advseg";

    private const string LoopbackName = "advseg";

    public static string? Find(HttpContext context) => context.Request.Cookies[NameFor(context)];

    public static void Set(HttpContext context, string value, DateTimeOffset expires) =>
        context.Response.Cookies.Append(NameFor(context), value, OptionsFor(context, expires));

    public static void Remove(HttpContext context) => context.Response.Cookies.Delete(NameFor(context), OptionsFor(context, null));

    private static CookieOptions OptionsFor(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        Path = "/",
        SameSite = SameSiteMode.Lax,
        Secure = !IsLoopback(context.Request.Host),
        Expires = expires,
    };

    private static string NameFor(HttpContext context) => IsLoopback(context.Request.Host) ? LoopbackName : SecureName;

    public static bool IsLoopback(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address));
}

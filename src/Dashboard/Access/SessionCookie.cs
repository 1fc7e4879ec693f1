using System.Net;
using AdvSeg.Dashboard.Http;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// The cookie of a session: no script reads it, no other site's request brings it along but a link that is followed, and only TLS carries it.
/// It goes without TLS only where there is none: on the loopback address of a server that has no other name. Behind a proxy a request for another
/// name comes by the loopback address too.
/// </summary>
internal sealed class SessionCookie(DashboardSettings dashboard)
{
    /// <summary>A browser takes it only over TLS, for this host and all of its paths.</summary>
    private const string SecureName = "__Host-advseg";

    private const string LoopbackName = "advseg";

    /// <summary>Ends the cookie of a session that was begun at the provider; no session's text has a dot.</summary>
    private const string OfProvider = ".oidc";

    /// <summary>The text of a session.</summary>
    public string? Find(HttpContext context) => context.Request.Cookies[NameFor(context)]?.Split('.')[0];

    /// <summary>Whether its session was begun at the provider; whoever says so of another one is led there, and no further.</summary>
    public bool IsOfProvider(HttpContext context) =>
        context.Request.Cookies[NameFor(context)]?.EndsWith(OfProvider, StringComparison.Ordinal) == true;

    public void Set(HttpContext context, string value, DateTimeOffset expires, bool isOfProvider = false) =>
        context.Response.Cookies.Append(NameFor(context), isOfProvider ? $"{value}{OfProvider}" : value, OptionsFor(context, expires));

    public void Remove(HttpContext context) => context.Response.Cookies.Delete(NameFor(context), OptionsFor(context, null));

    private CookieOptions OptionsFor(HttpContext context, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        IsEssential = true,
        Path = "/",
        SameSite = SameSiteMode.Lax,
        Secure = !IsPlain(context.Request),
        Expires = expires,
    };

    private string NameFor(HttpContext context) => IsPlain(context.Request) ? LoopbackName : SecureName;

    /// <summary>A proxy may say that the browser's side has TLS; anybody may, because it only asks for more.</summary>
    private bool IsPlain(HttpRequest request) =>
        dashboard.IsOfLoopbackAlone && IsLoopback(request.Host) && request.Headers["X-Forwarded-Proto"].ToString() != Uri.UriSchemeHttps;

    /// <summary>False where the page that sends the form says itself that it came over http from another machine.</summary>
    public static bool IsKeptFor(HttpRequest request) =>
        !Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out Uri? page) || page.Scheme != Uri.UriSchemeHttp || page.IsLoopback;

    public static bool IsLoopback(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address));
}

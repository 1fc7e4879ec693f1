using System.Net;
using AdvSeg.Dashboard.Http;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// The cookie of a session. No script reads it, only TLS carries it, and other sites' requests do not bring it along, except a link that is followed.
/// It goes without TLS only on the loopback address of a server that has no other name. Without the second condition a proxy's requests would pass
/// for loopback: they come by that address too.
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

    /// <summary>Whether its session was begun at the provider. A forged mark only sends its browser to the provider.</summary>
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

    /// <summary>Whether the cookie goes without TLS. The header is believed whoever sends it, because it can only ask for TLS.</summary>
    private bool IsPlain(HttpRequest request) =>
        dashboard.IsOfLoopbackAlone && IsLoopback(request.Host) && request.Headers["X-Forwarded-Proto"].ToString() != Uri.UriSchemeHttps;

    /// <summary>False when the form's own page says that it came over http from another machine: the browser would not keep the cookie.</summary>
    public static bool IsKeptFor(HttpRequest request) =>
        !Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out Uri? page) || page.Scheme != Uri.UriSchemeHttp || page.IsLoopback;

    public static bool IsLoopback(HostString host) =>
        host.Host is "localhost" || (IPAddress.TryParse(host.Host, out IPAddress? address) && IPAddress.IsLoopback(address));
}

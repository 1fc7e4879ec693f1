using System.Net;
using AdvSeg.Dashboard.Http;

namespace AdvSeg.Dashboard.Access;

/// <summary>Who asked a named proxy, as it says.</summary>
internal sealed record AskedFrom(IPAddress Address);

/// <summary>
/// What the browser asked for, where a proxy stands in front: scheme and name are what a named proxy says (<c>X-Forwarded-Proto</c>,
/// <c>X-Forwarded-Host</c>; and for the audit log <c>X-Forwarded-For</c>), whatever anybody else says, and the path is without the one that the
/// pages are shown under.
/// </summary>
internal sealed class ForwardedRequest(RequestDelegate next, DashboardSettings dashboard, AccessSettings access)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (access.Proxy.Sends(context, access.ProxySecret))
        {
            string scheme = Last(request.Headers["X-Forwarded-Proto"].ToString()), host = Last(request.Headers["X-Forwarded-Host"].ToString());
            request.Scheme = scheme is "http" or "https" ? scheme : request.Scheme;
            if (host.Length > 0)
            {
                request.Host = new HostString(host);
            }

            if (access.Proxy.ClientOf(request) is { } client)
            {
                context.Features.Set(new AskedFrom(client));
            }
        }

        // Some proxies take the path away, and probes come without it.
        if (request.Path.StartsWithSegments(dashboard.BasePath, out PathString rest))
        {
            request.Path = rest.HasValue ? rest : "/";
        }

        request.PathBase = dashboard.BasePath;
        return next(context);
    }

    /// <summary>Of several the last is the nearest proxy's; those before it are whoever's.</summary>
    private static string Last(string values) => values.Split(',')[^1].Trim();
}

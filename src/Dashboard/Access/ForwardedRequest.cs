using System.Net;
using AdvSeg.Dashboard.Http;

namespace AdvSeg.Dashboard.Access;

/// <summary>Who asked a named proxy, as it says.</summary>
internal sealed record AskedFrom(IPAddress Address);

/// <summary>
/// Restores what the browser asked for, where a proxy stands in front. Scheme, name and, for the audit log, the client's address are what a trusted
/// proxy says (<c>X-Forwarded-Proto</c>, <c>X-Forwarded-Host</c>, <c>X-Forwarded-For</c>); these headers are ignored when anybody else sends them.
/// The path loses the base path that the pages are shown under.
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

        // The base path may be absent: some proxies take it away, and probes come without it.
        if (request.Path.StartsWithSegments(dashboard.BasePath, out PathString rest))
        {
            request.Path = rest.HasValue ? rest : "/";
        }

        request.PathBase = dashboard.BasePath;
        return next(context);
    }

    /// <summary>The last of several values is the nearest proxy's; anybody may have written those before it.</summary>
    private static string Last(string values) => values.Split(',')[^1].Trim();
}

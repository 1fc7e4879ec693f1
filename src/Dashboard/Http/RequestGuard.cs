using AdvSeg.Core.Access;

namespace AdvSeg.Dashboard.Http;

/// <summary>
/// Refuses requests that a foreign web page makes this browser send: by a rebound name (Host), or across origins (Sec-Fetch-Site and
/// Origin of requests that change something). Programs send none of these and pass.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, DashboardSettings settings)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!HasReadableName(request))
        {
            return Answers.WriteProblemAsync(context, StatusCodes.Status400BadRequest, "The name that is asked for (Host) is no name of the DNS.");
        }

        if (!IsProbe(request.Path) && !settings.Allows(request.Host.Host))
        {
            return Answers.WriteProblemAsync(
                context,
                StatusCodes.Status403Forbidden,
                $"This server does not answer under the name '{request.Host.Host}'; use {string.Join(", ", settings.AllowedHosts)}, or start it with "
                    + $"the name in {DashboardSettings.HostsVariable}.");
        }

        if (IsEmbeddedElsewhere(request))
        {
            return Answers.WriteProblemAsync(
                context, StatusCodes.Status403Forbidden, "A page of another site asks for this as a part of itself; only links may lead here.");
        }

        bool changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        return changes && IsForeign(request)
            ? Answers.WriteProblemAsync(
                context, StatusCodes.Status403Forbidden, "A page of another site sent this request; changes are accepted from this server's own "
                    + "pages and from programs. Behind a proxy, start the server with the name that browsers use in "
                    + $"{DashboardSettings.HostsVariable}.")
            : next(context);
    }

    /// <summary>ASP.NET Core decodes names of other scripts (<c>xn--...</c>) when they are read, and throws for what only looks like one.</summary>
    private static bool HasReadableName(HttpRequest request)
    {
        try
        {
            return request.Host.Value is not null;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Kubernetes and Prometheus ask by address; they learn no ids here.</summary>
    private static bool IsProbe(PathString path) => path.StartsWithSegments("/healthz") || path == "/metrics";

    /// <summary>
    /// Whether a page of another site made the browser send this. A browser says so itself (Sec-Fetch-Site), which holds behind a proxy too, although
    /// that may end TLS and ask by another name. Browsers that do not say it (older ones, and any over plain HTTP) name the page's origin, which is
    /// compared.
    /// </summary>
    private bool IsForeign(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
        {
            return site is not ("same-origin" or "none");
        }

        string origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && IsOwn(page, request));
    }

    /// <summary>Another site's pages cannot read the answers, but could make this server compute them.</summary>
    private static bool IsEmbeddedElsewhere(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "cross-site" && request.Headers["Sec-Fetch-Mode"].ToString() is not ("" or "navigate");

    /// <summary>The scheme is not compared: behind a proxy that ends TLS it is another one here.</summary>
    private bool IsOwn(Uri page, HttpRequest request)
    {
        bool sameName = HostSpelling.Of(page.Host) == HostSpelling.Of(request.Host.Host);
        bool samePort = request.Host.Port is { } port ? port == page.Port : page.IsDefaultPort;
        return (sameName && samePort) || (page.IsDefaultPort && settings.Names(page.Host));
    }
}

namespace AdvSeg.Dashboard.Http;

/// <summary>
/// Refuses requests that a foreign web page makes this browser send: by a rebound name (Host), or across origins (Origin and
/// Sec-Fetch-Site of requests that change something). Programs send neither header and pass.
/// </summary>
internal sealed class RequestGuard(RequestDelegate next, DashboardSettings settings)
{
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!IsProbe(request.Path) && !settings.Allows(request.Host.Host))
        {
            return Answers.WriteProblemAsync(
                context,
                StatusCodes.Status403Forbidden,
                $"This server does not answer under the name '{request.Host.Host}'; use {string.Join(", ", settings.AllowedHosts)}, or add the "
                    + "name to Dashboard:AllowedHosts.");
        }

        bool changes = !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        return changes && IsForeign(request)
            ? Answers.WriteProblemAsync(
                context, StatusCodes.Status403Forbidden, "A page of another site sent this request; changes are accepted from this server's own "
                    + "pages and from programs.")
            : next(context);
    }

    /// <summary>Kubernetes and Prometheus ask by address; they learn no ids here.</summary>
    private static bool IsProbe(PathString path) => path.StartsWithSegments("/healthz") || path == "/metrics";

    private static bool IsForeign(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site is not ("" or "same-origin" or "none"))
        {
            return true;
        }

        string origin = request.Headers.Origin.ToString();
        return origin.Length > 0 && !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}

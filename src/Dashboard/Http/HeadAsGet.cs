namespace AdvSeg.Dashboard.Http;

/// <summary>
/// HEAD wherever GET is taken (RFC 9110, 9.3.2): it is routed as GET, and the server leaves the body out because it sees HEAD again when the
/// answer is written.
/// </summary>
internal sealed class HeadAsGet(RequestDelegate next)
{
    private static readonly object Marker = new();

    public Task InvokeAsync(HttpContext context)
    {
        if (HttpMethods.IsHead(context.Request.Method))
        {
            context.Items[Marker] = Marker;
            context.Request.Method = HttpMethods.Get;
        }

        return next(context);
    }

    /// <summary>Stands behind the routing and gives the request its own method back.</summary>
    internal sealed class Answering(RequestDelegate next)
    {
        public Task InvokeAsync(HttpContext context)
        {
            if (context.Items.ContainsKey(Marker))
            {
                context.Request.Method = HttpMethods.Head;
            }

            return next(context);
        }
    }
}

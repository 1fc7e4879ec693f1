using AdvSeg.Core.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using OpenTelemetry.Metrics;

namespace AdvSeg.Hosting.Health;

/// <summary>
/// <c>/healthz/live</c>: the process answers. <c>/healthz/ready</c>: 200, or 503, with a <see cref="Readiness"/> as JSON. <c>/metrics</c>:
/// for Prometheus.
/// </summary>
public static class ProbeEndpoints
{
    public const string Live = "/healthz/live", Ready = "/healthz/ready", Metrics = "/metrics";

    /// <param name="app">Where they answer.</param>
    /// <param name="watch">What is ready or not.</param>
    /// <param name="meters">What is scraped.</param>
    public static void MapProbes(this IEndpointRouteBuilder app, ReadinessWatch watch, MeterProvider meters)
    {
        app.MapGet(Live, () => Results.Text("live\n")).ExcludeFromDescription();
        app.MapGet(Ready, (HttpContext context) => AnswerAsync(context, watch.Now())).ExcludeFromDescription();
        app.MapPrometheusScrapingEndpoint(Metrics, meters, configureBranchedPipeline: null, optionsName: null);
    }

    private static Task AnswerAsync(HttpContext context, Readiness readiness)
    {
        context.Response.StatusCode = readiness.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.Body.WriteAsync(CanonicalJson.Write(readiness)).AsTask();
    }
}

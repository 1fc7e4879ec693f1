using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Http;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Reports;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/sweeps/{id}/report</c> and <c>/api/v1/compare</c>: tables and figures, finished or not.</summary>
internal static class ReportsApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/sweeps/{id}/report", async (string id, ReportCatalog reports, CancellationToken cancellationToken) =>
                Answers.Json(await reports.ListAsync(id, cancellationToken)))
            .Needs(Right.View).Produces<ReportEntry[]>().WithSummary("The files of the report; incomplete parts say k of K.");
        api.MapGet("/sweeps/{id}/report/{name}", GetAsync).Needs(Right.View).WithSummary("One file of the report.");
        api.MapGet("/compare", async (string first, string second, bool? mixedNumerics, ReportCatalog reports, CancellationToken cancellationToken) =>
                Answers.Json(await reports.CompareAsync(first, second, mixedNumerics ?? false, cancellationToken)))
            .Needs(Right.View).Produces<SweepComparison>().WithSummary(
                "Variants of two sweeps, SWEEP or SWEEP/VARIANT each, paired by patient; refuses different numerics unless mixedNumerics is true.");
    }

    private static async Task<IResult> GetAsync(string id, string name, HttpContext context, ReportCatalog reports)
    {
        (byte[] data, string contentType) = await reports.GetAsync(id, name, context.RequestAborted);
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.FilePolicy;
        context.Response.Headers.CacheControl = "no-cache";
        string type = contentType.StartsWith("text/", StringComparison.Ordinal) ? $"{contentType}; charset=utf-8" : contentType;
        return Results.Bytes(data, type, entityTag: new($"\"{Digest.Of(data)[..32]}\""));
    }
}

namespace AdvSeg.Dashboard;

/// <summary><c>/api/v1/sweeps/{id}/report</c>: tables and figures, finished or not.</summary>
internal static class ReportsApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/sweeps/{id}/report", async (string id, ReportCatalog reports, CancellationToken cancellationToken) =>
                Answers.Json(await reports.ListAsync(id, cancellationToken)))
            .Produces<ReportEntry[]>().WithSummary("The files of the report; incomplete parts say k of K.");
        api.MapGet("/sweeps/{id}/report/{name}", GetAsync).WithSummary("One file of the report.");
    }

    private static async Task<IResult> GetAsync(string id, string name, HttpContext context, ReportCatalog reports)
    {
        (byte[] data, string contentType) = await reports.GetAsync(id, name, context.RequestAborted);
        context.Response.Headers.ContentSecurityPolicy = SecurityHeaders.FilePolicy;
        context.Response.Headers.CacheControl = "no-cache";
        string type = contentType.StartsWith("text/", StringComparison.Ordinal) ? $"{contentType}; charset=utf-8" : contentType;
        return Results.Bytes(data, type, entityTag: new($"\"{AdvSeg.Core.Digest.Of(data)[..32]}\""));
    }
}

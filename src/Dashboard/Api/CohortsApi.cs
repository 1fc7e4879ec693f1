using AdvSeg.Core.Cohorts;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;
using Microsoft.AspNetCore.Mvc;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/cohorts</c>: upload a cohort folder file by file; the manifest, last, makes it a cohort.</summary>
internal static class CohortsApi
{
    /// <summary>One patient: 40 slices of 1024 x 1024 in three channels with their labels fit.</summary>
    private const long LargestFile = 1L << 30;

    private const long LargestManifest = 64L << 20;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapPut("/cohorts/{digest}/files/{**path}", async (string digest, string path, HttpContext context, CohortUploads uploads) =>
            {
                await uploads.PutAsync(digest, path, await BodyAsync(context), context.RequestAborted);
                return Results.NoContent();
            })
            .WithMetadata(new RequestSizeLimitAttribute(LargestFile)).Produces(StatusCodes.Status204NoContent).WithSummary(
                "Uploads one file of a cohort.");
        api.MapPost("/cohorts/{digest}", async (string digest, HttpContext context, CohortUploads uploads) =>
            {
                await uploads.CommitAsync(digest, await BodyAsync(context), context.RequestAborted);
                return Results.NoContent();
            })
            .WithMetadata(new RequestSizeLimitAttribute(LargestManifest)).Produces(StatusCodes.Status204NoContent)
            .WithSummary("Ends an upload: checks every file against the manifest in the body, then stores the manifest.");
        api.MapGet("/cohorts/{digest}", async (string digest, CohortUploads uploads, CancellationToken cancellationToken) =>
                Answers.Json(await uploads.FindAsync(digest, cancellationToken)
                    ?? throw new NotFoundException($"The store has no cohort '{digest}'; upload it, or submit a phantom.")))
            .Produces<CohortManifest>().WithSummary("The manifest of a stored cohort.");
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }
}

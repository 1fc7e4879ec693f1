using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Hosting.Limits;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/cohorts</c>: upload a cohort folder: the manifest, then every file that it names, then the manifest
/// again, which makes it a cohort.</summary>
internal static class CohortsApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapPut("/cohorts/{digest}", async (string digest, HttpContext context, CohortUploads uploads, QuotaBook quotas) =>
                Answers.Json(await uploads.OpenAsync(
                    digest, await BodyAsync(context), cohort => AdmitAsync(context, digest, cohort, quotas), context.RequestAborted)))
            .Needs(Right.Operate).WithMetadata(new RequestSizeLimitAttribute(UploadLimits.LargestManifest)).Produces<UploadState>()
            .WithSummary("Begins an upload with the manifest in the body, or goes on with it: tells which files are still to be sent.");
        api.MapPut("/cohorts/{digest}/files/{**path}", async (string digest, string path, HttpContext context, CohortUploads uploads) =>
            {
                await uploads.PutAsync(digest, path, context.Request.Body, most => Limit(context, most), context.RequestAborted);
                return Results.NoContent();
            })
            .Needs(Right.Operate).WithMetadata(new RequestSizeLimitAttribute(UploadLimits.LargestFile)).Produces(StatusCodes.Status204NoContent)
            .WithSummary("Uploads one file that the manifest names; it is stored once it is known to be the file of that digest.");
        api.MapPost("/cohorts/{digest}", async (string digest, HttpContext context, CohortUploads uploads, QuotaBook quotas) =>
            {
                await uploads.CommitAsync(
                    digest, await BodyAsync(context), cohort => AdmitAsync(context, digest, cohort, quotas), context.RequestAborted);
                return Results.NoContent();
            })
            .Needs(Right.Operate).WithMetadata(new RequestSizeLimitAttribute(UploadLimits.LargestManifest)).Produces(StatusCodes.Status204NoContent)
            .WithSummary("Ends an upload: checks every file against the manifest in the body, then stores the manifest.");
        api.MapGet("/cohorts/{digest}", async (string digest, CohortUploads uploads, CancellationToken cancellationToken) =>
                Answers.Json(await uploads.FindAsync(digest, cancellationToken)
                    ?? throw new NotFoundException($"The store has no cohort '{digest}'; upload it, or submit a phantom.")))
            .Needs(Right.View).Produces<CohortManifest>().WithSummary("The manifest of a stored cohort.");
    }

    private static Task AdmitAsync(HttpContext context, string digest, CohortManifest cohort, QuotaBook quotas) =>
        quotas.AdmitAsync(context.Caller().User, digest, cohort, context.RequestAborted);

    /// <summary>The server reads no further, and takes nothing more of what is still being sent.</summary>
    private static void Limit(HttpContext context, long most)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            // A body without a length comes in pieces, whose frames count too.
            limit.MaxRequestBodySize = most + (most >> 4) + ServerLimits.LargestBody;
        }
    }

    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.ToArray();
    }
}

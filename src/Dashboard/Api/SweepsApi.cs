using System.Diagnostics;
using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using AdvSeg.UseCases.Sweeps;
using Microsoft.AspNetCore.Mvc;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/sweeps</c>: submit, look at and steer sweeps.</summary>
internal static class SweepsApi
{
    private const long LargestSpec = 1 << 20;

    /// <summary>Seconds; below the time limits of clients and proxies.</summary>
    private const int LongestWait = 20;

    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/sweeps", ListAsync).Needs(Right.View).Produces<SweepStatus[]>().WithSummary(
            "Sweeps, newest first: so many (count, 50) from an offset on; the header X-Total-Count says how many there are.");
        api.MapPost("/sweeps", SubmitAsync).Needs(Right.Operate).WithMetadata(new RequestSizeLimitAttribute(LargestSpec))
            .Accepts<string>("application/yaml", "*/*").Produces<SweepStatus>(
            StatusCodes.Status201Created).Produces<SweepStatus>()
            .Produces<SweepPreparation>(StatusCodes.Status202Accepted).WithSummary(
                "Submits a sweep file; 201 for a new sweep, 200 for one that was started before, 202 for one whose phantoms take longer to "
                    + "render than 'wait' seconds (20): it starts by itself.");
        api.MapGet("/sweeps/{id}", GetAsync).Needs(Right.View).Produces<SweepStatus>().Produces<SweepPreparation>(StatusCodes.Status202Accepted)
            .WithSummary("One sweep at a glance; 202 while its phantoms are being rendered.");
        api.MapGet("/sweeps/{id}/plan", PlanAsync).Needs(Right.View).Produces<Plan>().WithSummary("The full expansion of the sweep.");
        api.MapGet("/sweeps/{id}/runs", RunsAsync).Needs(Right.View).Produces<RunPage>()
            .WithSummary("One page of runs in plan order, optionally of one state.");
        api.MapGet("/sweeps/{id}/cells", CellsAsync).Needs(Right.View).Produces<CellView[]>()
            .WithSummary("Every fold, then the ablation points of the chosen folds.");
        api.MapGet("/sweeps/{id}/progress", ProgressAsync).Needs(Right.View).Produces<ProgressBatch>().WithSummary(
            "What changed since a version; 0 gives all running runs.");
        api.MapGet("/sweeps/{id}/events", (string id, long? since, HttpContext context, SweepEvents events) => events.StreamAsync(id, since, context))
            .Needs(Right.View).Produces<string>(contentType: "text/event-stream").WithSummary(
                "Server-sent events: 'status' (SweepStatus) and 'progress' (ProgressBatch, its version as event id).");
    }

    private static async Task<IResult> ListAsync(int? offset, int? count, SweepCatalog sweeps, HttpContext context)
    {
        (int skip, int take) = Paging.Page(offset, count);
        IReadOnlyList<SweepStatus> all = await sweeps.ListAsync(context.RequestAborted);
        context.Response.Headers["X-Total-Count"] = $"{all.Count}";
        return Answers.Json(all.Skip(skip).Take(take).ToArray());
    }

    /// <summary>
    /// A folder cohort is known on the submitter's machine only: it is uploaded first and named here by its digest, which then stands
    /// for it in the sweep's identity.
    /// </summary>
    private static async Task<IResult> SubmitAsync(
        string? cohort, string? evaluationCohort, bool? start, int? wait, HttpContext context, CohortPreparer cohorts,
        SweepPreparations preparations, SweepCatalog sweeps, QuotaBook quotas, IHostApplicationLifetime host)
    {
        using Activity? span = Traces.Start(Spans.Submit, ActivityKind.Server);
        (SweepSpec spec, string yaml) = Submission.Of(context.Caller(), await ReadTextAsync(context));
        spec = spec with
        {
            Cohort = Uploaded(spec.Cohort, cohort, "cohort"),
            EvaluationCohort = spec.EvaluationCohort is { } evaluation ? Uploaded(evaluation, evaluationCohort, "evaluationCohort") : null,
        };

        context.Audit(entry => entry with { Sweep = spec.Id().Value });

        // A server that stops waits for its requests, so this one ends with it.
        using var left = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        Admission admitted = await quotas.AdmitAsync(context.Caller().User, spec, starts: start != false, left.Token);
        if (start == false)
        {
            return Answers.Json(await PreparedAsync(() => cohorts.PrepareAsync(spec, yaml, progress: null, left.Token), quotas, admitted));
        }

        TimeSpan patience = TimeSpan.FromSeconds(Math.Clamp(wait ?? LongestWait, 0, LongestWait));
        Submitted submitted = await SubmittedAsync(
            () => preparations.SubmitAsync(spec, yaml, patience, left.Token),
            async () => await preparations.FindAsync(spec.Id().Value) is not null || await sweeps.FindAsync(spec.Id().Value) is not null,
            quotas,
            admitted);
        span?.SetTag(Traces.SweepTag, submitted.Sweep);
        context.Response.Headers.Location = $"{context.Request.PathBase}/api/v1/sweeps/{submitted.Sweep}";
        return submitted.Status is { } status
            ? Answers.Json(status, submitted.Known ? StatusCodes.Status200OK : StatusCodes.Status201Created)
            : Answers.Json(submitted.Preparation, StatusCodes.Status202Accepted);
    }

    /// <summary>Gives the room back after a refusal, and after any other failure unless the submission goes on without this request.</summary>
    /// <param name="submit">Submits the sweep.</param>
    /// <param name="goesOn">Whether the store has the submission or its sweep.</param>
    /// <param name="quotas">Where the room was taken.</param>
    /// <param name="admitted">What this request took room for.</param>
    private static async Task<Submitted> SubmittedAsync(
        Func<Task<Submitted>> submit, Func<Task<bool>> goesOn, QuotaBook quotas, Admission admitted)
    {
        try
        {
            return await submit();
        }
        catch (Exception e)
        {
            if (e is SpecException or NotYetException || !await goesOn())
            {
                await quotas.ReleaseAsync(admitted, CancellationToken.None);
            }

            throw;
        }
    }

    /// <summary>Gives the room back after every failure: nothing is rendered further without this request.</summary>
    private static async Task<T> PreparedAsync<T>(Func<Task<T>> prepare, QuotaBook quotas, Admission admitted)
    {
        try
        {
            return await prepare();
        }
        catch
        {
            await quotas.ReleaseAsync(admitted, CancellationToken.None);
            throw;
        }
    }

    /// <summary>A sweep whose phantoms are being rendered has no status yet.</summary>
    private static async Task<IResult> GetAsync(string id, SweepCatalog sweeps, SweepPreparations preparations) =>
        await sweeps.FindAsync(id) is { } status ? Answers.Json(status)
        : await preparations.FindAsync(id) is { } preparation ? Answers.Json(preparation, StatusCodes.Status202Accepted)
        : Answers.Json(await sweeps.GetAsync(id));

    private static CohortSource Uploaded(CohortSource source, string? digest, string parameter) => source switch
    {
        FolderCohort when digest is not null && Digest.IsSha256(digest) => new StoredCohort(digest),
        FolderCohort folder => throw new SpecException(
            $"The {parameter} is the folder '{folder.Path}' on the submitter's machine; upload it first (PUT its manifest to "
                + $"/api/v1/cohorts/DIGEST, its files to .../files/PATH, then POST the manifest) and name it by '?{parameter}=DIGEST', or use "
                + "'advseg submit', which does."),
        StoredCohort or PhantomCohort => source,
        _ => throw new UnreachableException($"a cohort of type {source.GetType().Name} cannot be submitted"),
    };

    private static async Task<string> ReadTextAsync(HttpContext context)
    {
        if (context.Request.ContentLength is > LargestSpec)
        {
            throw new SpecException($"The sweep file has {context.Request.ContentLength} bytes; {LargestSpec} are allowed.");
        }

        var buffer = new MemoryStream();
        await context.Request.Body.CopyToAsync(buffer, context.RequestAborted);
        return buffer.Length is > 0 and <= LargestSpec
            ? await TextOfAsync(buffer)
            : throw new SpecException($"The sweep file has {buffer.Length} bytes; send 1 to {LargestSpec} bytes of YAML as the request's body.");
    }

    /// <summary>As the commands read a file: UTF-8, or what a byte order mark says, which is no part of the text.</summary>
    private static async Task<string> TextOfAsync(MemoryStream body)
    {
        body.Position = 0;
        using var reader = new StreamReader(body, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task<IResult> PlanAsync(string id, IArtifactStore store, CancellationToken cancellationToken) =>
        await store.GetAsync(ArtifactKeys.Plan(SweepId.Parse(id)), cancellationToken) is { } plan
            ? Answers.Stored(plan)
            : throw new NotFoundException($"There is no sweep '{id}'; GET /api/v1/sweeps lists those there are.");

    private static async Task<IResult> RunsAsync(string id, int? offset, int? count, string? state, SweepCatalog sweeps, IGrainFactory grains)
    {
        (int skip, int take) = Paging.Page(offset, count);
        RunState? wanted = Paging.StateOf(state);
        await sweeps.GetAsync(id);
        return Answers.Json(await grains.GetGrain<ISweepGrain>(id).GetRuns(skip, take, wanted));
    }

    private static async Task<IResult> CellsAsync(string id, SweepCatalog sweeps, CancellationToken cancellationToken) =>
        Answers.Json(await sweeps.GetCellsAsync(await sweeps.GetAsync(id), cancellationToken));

    private static async Task<IResult> ProgressAsync(string id, long? since, SweepCatalog sweeps, IGrainFactory grains)
    {
        await sweeps.GetAsync(id);
        return Answers.Json(await grains.GetGrain<IProgressHubGrain>(id).GetSince(since ?? 0));
    }
}

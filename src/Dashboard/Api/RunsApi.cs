using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard.Http;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting.Figures;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Runs;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Api;

/// <summary><c>/api/v1/runs</c> and <c>/api/v1/workers</c>.</summary>
internal static class RunsApi
{
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/runs/{run}", async (string run, RunFiles files, CancellationToken cancellationToken) =>
                await files.FindResultAsync(Id(run), cancellationToken) is { } result
                    ? Answers.Json(result)
                    : throw new NotFoundException($"Run {run} has no result: it is not completed, or was never asked for."))
            .Needs(Right.View).Produces<RunResult>().WithSummary("The result of a completed run.");
        api.MapGet("/runs/{run}/spec", async (string run, RunFiles files, CancellationToken cancellationToken) =>
                await files.FindSpecAsync(Id(run), cancellationToken) is { } spec
                    ? Answers.Json(spec)
                    : throw new NotFoundException($"Run {run} has no spec in the store: no attempt of it was ever started."))
            .Needs(Right.View).Produces<RunSpec>().WithSummary("Everything that decides the result.");
        api.MapGet("/runs/{run}/metrics", async (string run, RunFiles files, SweepCatalog sweeps, CancellationToken cancellationToken) =>
            {
                MetricPoint[] metrics = await files.ReadMetricsAsync(Id(run), cancellationToken);
                await RequireRunAsync(run, metrics.Length > 0, sweeps, cancellationToken);
                return Answers.Json(metrics);
            })
            .Needs(Right.View).Produces<MetricPoint[]>().WithSummary("Loss and selection DSC at every evaluation stored so far.");
        api.MapGet("/runs/{run}/log", LogAsync).Needs(Right.View).Produces<string>(contentType: "text/plain")
            .WithSummary("The log of an attempt, of the newest that has one if none is given; of a running attempt what it has logged up to now.");
        api.MapGet("/runs/{run}/now", async (string run, RunningAttempts attempts, CancellationToken cancellationToken) =>
                Answers.Json(await attempts.FindAsync(Id(run), cancellationToken)
                    ?? throw new NotFoundException($"Run {run} is not being trained now.")))
            .Needs(Right.View).Produces<RunningAttempt>().WithSummary("The attempt that trains the run, its worker and its newest progress.");
        api.MapGet("/runs/{run}/preview", async (string run, RunningAttempts attempts, CancellationToken cancellationToken) =>
                Answers.Json(await attempts.PreviewAsync(Id(run), cancellationToken)))
            .Needs(Right.View).Produces<TrainingPreview>().WithSummary("What S segments now on up to three selection slices with tumour.");
        api.MapGet("/runs/{run}/preview/{index}.png", PictureAsync).Needs(Right.View).Produces<byte[]>(contentType: "image/png")
            .WithSummary("One slice of the preview, from 0, drawn with S's labels and the expert's tumour.");
        api.MapGet(
            "/runs/{run}/attempts",
            async (string run, IGrainFactory grains, SweepCatalog sweeps, CancellationToken cancellationToken) =>
            {
                AttemptRecord[] attempts = await grains.GetGrain<ITrainingRunGrain>(Id(run).Value).GetAttempts();
                await RequireRunAsync(run, attempts.Length > 0, sweeps, cancellationToken);
                return Answers.Json(attempts);
            })
            .Needs(Right.View).Produces<AttemptRecord[]>().WithSummary("The attempts of a settled run, oldest first.");
        api.MapGet("/workers", async (IGrainFactory grains) => Answers.Json(await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers()))
            .Needs(Right.View).Produces<WorkerView[]>().WithSummary("Every worker of the cluster.");
    }

    /// <summary>Checks that the run exists when the answer would be empty.</summary>
    private static Task RequireRunAsync(string run, bool isThere, SweepCatalog sweeps, CancellationToken cancellationToken) =>
        isThere ? Task.CompletedTask : sweeps.RequireRunAsync(Id(run), cancellationToken);

    private static RunId Id(string text) => RunId.Parse(text);

    /// <summary>The running attempt's log, or what is stored of it when its worker does not answer.</summary>
    private static async Task<IResult> LogAsync(
        string run, long? attempt, RunFiles files, RunningAttempts attempts, CancellationToken cancellationToken)
    {
        byte[]? live;
        try
        {
            live = await attempts.FindLogAsync(Id(run), attempt, cancellationToken);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            live = null;
        }

        return Results.Bytes(live ?? await files.GetLogAsync(Id(run), attempt, cancellationToken), "text/plain; charset=utf-8");
    }

    private static async Task<IResult> PictureAsync(string run, int index, RunningAttempts attempts, CancellationToken cancellationToken)
    {
        TrainingPreview preview = await attempts.PreviewAsync(Id(run), cancellationToken);
        return index >= 0 && index < preview.Slices.Count
            ? Results.Bytes(PreviewImage.Png(preview.Slices[index]), "image/png")
            : throw new NotFoundException($"The preview of run {run} has no slice {index}; it has {preview.Slices.Count}, from 0.");
    }
}

/// <summary>What a run's attempts have left in the store.</summary>
public sealed class RunFiles(IArtifactStore store)
{
    internal Task<RunResult?> FindResultAsync(RunId run, CancellationToken cancellationToken) =>
        store.FindResultAsync(run, cancellationToken);

    internal Task<RunSpec?> FindSpecAsync(RunId run, CancellationToken cancellationToken) =>
        store.FindAsync(ArtifactKeys.RunSpec(run), cancellationToken);

    /// <exception cref="NotFoundException">The attempt, or every attempt, has left no log.</exception>
    internal async Task<byte[]> GetLogAsync(RunId run, long? attempt, CancellationToken cancellationToken)
    {
        long[] logged = [.. (await FilesAsync(run, cancellationToken)).Where(f => f.Parts.IsLog).Select(f => f.Parts.Attempt).Order()];
        if (logged.Length == 0)
        {
            throw new NotFoundException(
                $"Run {run.Abbreviated} has no log: an attempt stores it when it ends, and one whose worker died leaves none.");
        }

        long wanted = attempt ?? logged[^1];
        return logged.Contains(wanted) && await store.GetAsync(ArtifactKeys.Log(run, wanted), cancellationToken) is { } log
            ? log.Data
            : throw new NotFoundException($"Attempt {wanted} of run {run.Abbreviated} has no log; {string.Join(", ", logged)} have.");
    }

    /// <summary>Points of all attempts by step; where two attempts trained the same steps, their points are equal.</summary>
    internal async Task<MetricPoint[]> ReadMetricsAsync(RunId run, CancellationToken cancellationToken)
    {
        SortedDictionary<int, MetricPoint> points = [];
        foreach ((string key, _) in (await FilesAsync(run, cancellationToken)).Where(f => f.Parts.IsMetrics))
        {
            if (await store.GetAsync(key, cancellationToken) is { } segment)
            {
                foreach (string line in Encoding.UTF8.GetString(segment.Data).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    MetricPoint point = StoredJson.Read<MetricPoint>(Encoding.UTF8.GetBytes(line), key);
                    points[point.Step] = point;
                }
            }
        }

        return [.. points.Values];
    }

    private async Task<List<(string Key, AttemptKey Parts)>> FilesAsync(RunId run, CancellationToken cancellationToken)
    {
        List<(string, AttemptKey)> files = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.AttemptsPrefix(run), cancellationToken))
        {
            if (AttemptKey.Parse(info.Key) is { } parts)
            {
                files.Add((info.Key, parts));
            }
        }

        return files;
    }
}

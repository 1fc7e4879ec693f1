using AdvSeg.Core.Access;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Http;
using AdvSeg.Dashboard.Pages;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Api;

/// <summary>The pages, and the parts of them that the script fetches again when something changed.</summary>
internal static class PagesApi
{
    public static void Map(WebApplication app)
    {
        RouteGroupBuilder pages = app.MapGroup("").Needs(Right.View).ExcludeFromDescription();
        pages.MapGet("/", async (int? offset, SweepPages model, PageRenderer html, CancellationToken cancellationToken) =>
            await html.RenderAsync<SweepsPage>(await model.ListAsync(Offset(offset), cancellationToken)));
        pages.MapGet("/parts/sweeps", async (int? offset, SweepPages model, PageRenderer html, CancellationToken cancellationToken) =>
            await html.RenderAsync<SweepList>(await model.ListAsync(Offset(offset), cancellationToken)));
        pages.MapGet(
            "/workers",
            async (SweepPages model, PageRenderer html) => await html.RenderAsync<WorkersPage>(new() { ["Workers"] = await model.WorkersAsync() }));
        pages.MapGet(
            "/parts/workers",
            async (SweepPages model, PageRenderer html) => await html.RenderAsync<WorkerList>(new() { ["Workers"] = await model.WorkersAsync() }));
        pages.MapGet("/account", async (HttpContext context, QuotaBook quotas, PageRenderer html) =>
            await html.RenderAsync<AccountPage>(new() { ["Me"] = await AccessApi.WhoAmIAsync(context, quotas) }));
        pages.MapGet("/sweeps/{id}", SweepAsync);
        pages.MapGet("/runs/{run}", RunAsync);
        pages.MapGet("/runs/{run}/parts/now", NowAsync);
        MapParts(pages.MapGroup("/sweeps/{id}/parts"));
    }

    private static async Task<IResult> NowAsync(
        string run, RunPages model, SweepCatalog sweeps, PageRenderer html, CancellationToken cancellationToken)
    {
        NowModel now = await model.NowAsync(RunId.Parse(run), cancellationToken);
        if (now.Running is null)
        {
            await sweeps.RequireRunAsync(RunId.Parse(run), cancellationToken);
        }

        return await html.RenderAsync<NowPart>(Model(now));
    }

    private static void MapParts(RouteGroupBuilder parts)
    {
        parts.MapGet("/header", async (string id, SweepPages model, PageRenderer html, CancellationToken cancellationToken) =>
            await html.RenderAsync<SweepHeader>(Model(await HeaderAsync(id, model, cancellationToken))));
        parts.MapGet("/scores", async (string id, SweepPages model, PageRenderer html, CancellationToken cancellationToken) =>
            await html.RenderAsync<ScoresPart>(
                Model(await model.ScoresAsync(await HeaderAsync(id, model, cancellationToken), cancellationToken))));
        parts.MapGet("/running", async (string id, SweepPages model, PageRenderer html) =>
            await html.RenderAsync<RunningRuns>(new() { ["Page"] = await model.RunningAsync(await model.StatusAsync(id)), ["Sweep"] = id }));
        parts.MapGet("/report", async (string id, SweepPages model, PageRenderer html, CancellationToken cancellationToken) =>
            await html.RenderAsync<ReportPart>(Model(await model.ReportAsync(await model.StatusAsync(id), cancellationToken))));
        parts.MapGet("/runs", async (string id, int? offset, string? state, SweepPages model, PageRenderer html) =>
            await html.RenderAsync<RunList>(Model(await model.RunsAsync(await model.StatusAsync(id), offset, state))));
    }

    private static async Task<SweepModel> HeaderAsync(string id, SweepPages model, CancellationToken cancellationToken)
    {
        SweepStatus status = await model.StatusAsync(id);
        return await model.HeaderAsync(status, cancellationToken);
    }

    private static async Task<IResult> SweepAsync(
        string id, int? offset, string? state, SweepPages model, PageRenderer html, CancellationToken cancellationToken)
    {
        SweepStatus status = await model.StatusAsync(id);
        RunPage running = await model.RunningAsync(status);
        SweepModel header = await model.HeaderAsync(status, cancellationToken);
        return await html.RenderAsync<SweepPage>(new()
        {
            ["Scores"] = await model.ScoresAsync(header, cancellationToken),
            ["Running"] = running,
            ["Runs"] = await model.RunsAsync(status, offset, state),
            ["Report"] = await model.ReportAsync(status, cancellationToken),
        });
    }

    private static async Task<IResult> RunAsync(
        string run, RunFiles files, SweepCatalog sweeps, Commands commands, RunPages model, PageRenderer html, CancellationToken cancellationToken)
    {
        RunId id = RunId.Parse(run);
        IReadOnlyList<string> planned = (await sweeps.FindRunsAsync(id.Value, cancellationToken)).SingleOrDefault()?.Sweeps ?? [];
        Readable readable = new();
        RunSpec spec = await readable.OrNullAsync(() => files.FindSpecAsync(id, cancellationToken))
            ?? await PlannedSpecAsync(id, planned, sweeps, cancellationToken)
            ?? throw new NotFoundException($"Nothing is known of run {run}: no sweep plans it, and no attempt of it was started.");
        RunResult? result = await readable.OrNullAsync(() => files.FindResultAsync(id, cancellationToken));
        Why?[] whys = await Task.WhenAll(planned.Select(sweep => readable.OrNullAsync(() => commands.FindWhyAsync(sweep, id.Value))));
        NowModel now = result is null ? await model.NowAsync(id, cancellationToken) : new NowModel(null, null, null);
        MetricPoint[] metrics = await readable.OrNullAsync<MetricPoint[]>(async () => await files.ReadMetricsAsync(id, cancellationToken)) ?? [];
        return await html.RenderAsync<RunView>(Model(new RunModel(id, spec, result, metrics, [.. whys.OfType<Why>()], now, readable.Damage)));
    }

    /// <summary>A run that waits for its first attempt has no spec in the store yet.</summary>
    private static async Task<RunSpec?> PlannedSpecAsync(
        RunId run, IReadOnlyList<string> planned, SweepCatalog sweeps, CancellationToken cancellationToken)
    {
        if (planned is not [var sweep, ..])
        {
            return null;
        }

        Plan plan = await sweeps.GetPlanAsync(sweep, cancellationToken);
        return plan.RunSpecOf(plan.Runs.Index().First(r => r.Item.Run == run.Value).Index);
    }

    private static Dictionary<string, object?> Model(object model) => new() { ["Model"] = model };

    private static int Offset(int? offset) => Paging.Page(offset, null).Offset;
}

using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using AdvSeg.UseCases.Sweeps;
using Microsoft.AspNetCore.Mvc;

namespace AdvSeg.Dashboard.Api;

/// <summary>
/// Steering: whole sweeps, or single runs of them named by <c>?run=</c>, as often as needed, in full or by their first digits; and
/// workers.
/// </summary>
internal static class ControlApi
{
    private const string NoReason = "cancelled by a request";

    public static void Map(RouteGroupBuilder api)
    {
        api.MapPost("/sweeps/{id}/pause", (string id, [FromQuery] string[] run, Commands commands) =>
                commands.RunAsync(id, run, s => s.Pause(), (s, runs) => s.PauseRuns(runs)))
            .Needs(Right.Own).Produces<SweepStatus>().WithSummary("Running runs save a checkpoint and stop; nothing more is granted.");
        api.MapPost("/sweeps/{id}/resume", (string id, [FromQuery] string[] run, Commands commands) =>
                commands.RunAsync(id, run, s => s.Resume(), (s, runs) => s.ResumeRuns(runs)))
            .Needs(Right.Own).Produces<SweepStatus>().WithSummary("Goes on from the checkpoints.");
        api.MapPost("/sweeps/{id}/cancel", CancelAsync).Needs(Right.Own).Produces<SweepStatus>()
            .Produces<SweepPreparation>(StatusCodes.Status202Accepted)
            .WithSummary("Ends the sweep, or settles the named runs as cancelled; completed runs stay.");
        api.MapPost(
            "/sweeps/{id}/retry",
            (HttpContext context, string id, [FromQuery] string[] run, bool? failed, bool? cancelled, Commands commands) =>
                commands.RetryAsync(context.Caller().User, id, run, failed ?? false, cancelled ?? false))
            .Needs(Right.Own).Produces<RetryAnswer>().WithSummary(
                "Trains failed or cancelled runs again (both, when neither is asked for); a sweep that has ended goes on.");
        api.MapGet("/sweeps/{id}/runs/{run}/why", (string id, string run, Commands commands) => commands.WhyAsync(id, run))
            .Needs(Right.View).Produces<Why>().WithSummary("Why the run is where it is: one reason, its evidence, and what to do.");
        api.MapGet(
            "/runs", async (string id, SweepCatalog sweeps, CancellationToken cancellationToken) =>
                Answers.Json(await sweeps.FindRunsAsync(id, cancellationToken)))
            .Needs(Right.View).Produces<RunPlace[]>()
            .WithSummary("The runs whose ids start with these 6 to 64 digits, and the sweeps that plan them.");
        api.MapPost("/workers/{worker}/undrain", UndrainAsync).Needs(Right.Administer).Produces<DrainReply>().WithSummary(
            "Takes an order to drain back: a worker whose process stayed leases again. Answers once the worker says so, or has not called.");
        api.MapPost("/workers/{worker}/drain", async (string worker, IGrainFactory grains) =>
                Answers.Json(await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).Drain(worker)))
            .Needs(Right.Administer).Produces<DrainReply>()
            .WithSummary("The worker leases nothing more, lets its attempts checkpoint and go, and leaves. Answers once "
                + "the worker says so, or has not called.");
    }

    private static async Task<IResult> UndrainAsync(string worker, IGrainFactory grains) =>
        Answers.Json(await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).Undrain(worker));

    private static async Task<IResult> CancelAsync(
        string id, [FromQuery] string[] run, string? reason, Commands commands, SweepPreparations preparations) =>
        run.Length == 0 && await preparations.CancelAsync(id) is { } given
            ? Answers.Json(given, StatusCodes.Status202Accepted)
            : await commands.RunAsync(id, run, s => s.Cancel(Reason(reason)), (s, runs) => s.CancelRuns(runs, Reason(reason)));

    private static string Reason(string? reason) => reason is { Length: > 0 } ? reason : NoReason;
}

/// <summary>Finds the sweep and the runs that a request names, then asks the sweep.</summary>
internal sealed class Commands(SweepCatalog sweeps, IGrainFactory grains, QuotaBook quotas)
{
    public async Task<IResult> RunAsync(string id, string[] runs, Func<ISweepGrain, Task> whole, Func<ISweepGrain, string[], Task> single)
    {
        string[] named = await FindAsync(id, runs);
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(id);
        await (named.Length == 0 ? whole(sweep) : single(sweep, named));
        sweeps.Forget(id);
        return Answers.Json(await sweeps.GetAsync(id));
    }

    public async Task<IResult> RetryAsync(User user, string id, string[] runs, bool failed, bool cancelled)
    {
        string[] named = await FindAsync(id, runs);
        bool both = !failed && !cancelled;
        int count = await AdmittedAsync(
            user, id, () => grains.GetGrain<ISweepGrain>(id).Retry(new RetryRequest(named, failed || both, cancelled || both)));
        sweeps.Forget(id);
        return Answers.Json(new RetryAnswer(count, await sweeps.GetAsync(id)));
    }

    /// <summary>Takes room for a retry, and gives it back if no run goes on.</summary>
    /// <returns>How many runs go on.</returns>
    private async Task<int> AdmittedAsync(User user, string id, Func<Task<int>> retry)
    {
        if (await quotas.AdmitAgainAsync(user, id, CancellationToken.None) is not var (asked, taken))
        {
            return await retry();
        }

        // Any other failure may have come after the sweep took the retry, so its room stays taken until it lapses.
        int count = 0;
        try
        {
            count = await retry();
        }
        catch (SpecException)
        {
            await quotas.ReleaseAsync(taken, CancellationToken.None);
            throw;
        }

        await (count > 0 ? quotas.KeepAsync(asked, CancellationToken.None) : quotas.ReleaseAsync(taken, CancellationToken.None));
        return count;
    }

    public async Task<IResult> WhyAsync(string id, string run)
    {
        string[] named = await FindAsync(id, [run]);
        return Answers.Json(await FindWhyAsync(id, named[0]) ?? throw new NotFoundException($"Sweep '{id}' does not plan run {named[0]}."));
    }

    public Task<Why?> FindWhyAsync(string id, string run) => grains.GetGrain<ISweepGrain>(id).GetWhy(run);

    private async Task<string[]> FindAsync(string id, string[] runs)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        if (runs.Length == 0)
        {
            return [];
        }

        Plan plan = await sweeps.GetPlanAsync(status.Sweep, CancellationToken.None);
        return [.. runs.Select(r => RunLookup.Find(plan, r))];
    }
}

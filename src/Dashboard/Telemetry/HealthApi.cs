using AdvSeg.Core.Store;
using AdvSeg.Dashboard.Http;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary><c>/healthz/live</c>: the process answers. <c>/healthz/ready</c>: the scheduler answers and the store can be listed.</summary>
internal static class HealthApi
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz/live", () => Results.Text("live\n")).ExcludeFromDescription();
        app.MapGet("/healthz/ready", ReadyAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(IGrainFactory grains, IArtifactStore store, TimeProvider clock, HttpContext context)
    {
        try
        {
            await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers().WaitAsync(Patience, clock, context.RequestAborted);
            await ListFirstAsync(store, context.RequestAborted).WaitAsync(Patience, clock, context.RequestAborted);
            return Results.Text("ready\n");
        }
        catch (Exception e) when (!context.RequestAborted.IsCancellationRequested)
        {
            await Answers.WriteProblemAsync(context, StatusCodes.Status503ServiceUnavailable, $"Not ready: {e.Message}");
            return Results.Empty;
        }
    }

    private static async Task ListFirstAsync(IArtifactStore store, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<ArtifactInfo> list =
            store.ListAsync(ArtifactKeys.Sweeps, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await list.MoveNextAsync();
    }
}

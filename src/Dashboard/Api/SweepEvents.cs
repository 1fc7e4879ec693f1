using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Access;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Api;

/// <summary>
/// One sweep's live events. A slow reader slows only its own stream: the hub then sends what is newest, so nothing piles up. After a
/// break the reader comes back with the last version it saw (<c>Last-Event-ID</c>) and misses nothing.
/// </summary>
internal sealed class SweepEvents(
    SweepCatalog sweeps, IGrainFactory grains, Callers callers, TimeProvider clock, IHostApplicationLifetime host)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>How often a stream checks whether its reader still may look.</summary>
    private static readonly TimeSpan Asked = TimeSpan.FromSeconds(15);

    /// <summary>After so many failed checks in a row the stream ends; its reader comes back through the gate.</summary>
    private const int MostFailures = 2;

    /// <summary>An unchanged status is repeated this often, in beats, so that a dead connection shows.</summary>
    private const int BeatsBetweenRepeats = 15;

    public async Task<IResult> StreamAsync(string id, long? since, HttpContext context)
    {
        SweepStatus status = await sweeps.GetAsync(id);
        long version = long.TryParse(context.Request.Headers["Last-Event-ID"], out long last) ? last : since ?? 0;
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(context.Request.Method))
        {
            // A HEAD request gets no body, so it does not wait for events.
            context.Response.ContentType = "text/event-stream";
            return Results.Empty;
        }

        return TypedResults.ServerSentEvents(EventsAsync(status.Sweep, version, context, context.RequestAborted));
    }

    private async IAsyncEnumerable<SseItem<string>> EventsAsync(
        string id, long since, HttpContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, host.ApplicationStopping);
        var events = Channel.CreateBounded<SseItem<string>>(4);
        Task over = EndTogetherAsync(
            [
                SendProgressAsync(id, since, events.Writer, ended.Token), SendStatusAsync(id, events.Writer, ended.Token),
                AskAsync(context, ended.Token),
            ],
            events.Writer,
            ended);
        try
        {
            await foreach (SseItem<string> item in events.Reader.ReadAllAsync(CancellationToken.None))
            {
                yield return item;
            }
        }
        finally
        {
            await ended.CancelAsync();
            await over;
        }
    }

    /// <summary>The part that ends first ends the stream: a reader would take what the remaining parts show for everything.</summary>
    internal static async Task EndTogetherAsync(Task[] parts, ChannelWriter<SseItem<string>> events, CancellationTokenSource stream)
    {
        await Task.WhenAny(parts);
        await stream.CancelAsync();
        Task all = Task.WhenAll(parts);
        await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        events.TryComplete(all.Exception?.InnerException);
    }

    /// <summary>Ends when the credentials of the request are no longer valid.</summary>
    private async Task AskAsync(HttpContext context, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Asked, clock);
        long start = clock.GetTimestamp();
        int failures = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken) && await MayGoOnAsync())
            {
                // Asked again at the next tick.
            }
        }
        catch (OperationCanceledException)
        {
            // The reader went away, or the server stops.
        }

        async Task<bool> MayGoOnAsync()
        {
            try
            {
                bool isStill = await callers.StillIsAsync(context, context.Caller().User, clock.GetElapsedTime(start));
                failures = 0;
                return isStill;
            }
            catch (Exception) when (!cancellationToken.IsCancellationRequested)
            {
                // One failed check is repeated at the next tick. After more of them the reader no longer counts as the user they were.
                return ++failures < MostFailures;
            }
        }
    }

    private async Task SendProgressAsync(string id, long since, ChannelWriter<SseItem<string>> events, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, clock);
        try
        {
            do
            {
                try
                {
                    IAsyncEnumerable<ProgressBatch> batches = grains.GetGrain<IProgressHubGrain>(id).Watch(since, cancellationToken);
                    await foreach (ProgressBatch batch in batches.WithCancellation(cancellationToken))
                    {
                        since = batch.Version;
                        await events.WriteAsync(Item("progress", batch, since), cancellationToken);
                    }
                }
                catch (Exception e) when (e is OrleansException or TimeoutException or EnumerationAbortedException)
                {
                    // The hub moved or its silo went away: watch again from the last version seen.
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The reader went away, or the server stops.
        }
    }

    private async Task SendStatusAsync(string id, ChannelWriter<SseItem<string>> events, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, clock);
        string sent = "";
        int beats = 0;
        try
        {
            do
            {
                SseItem<string>? item = await StatusAsync(id).WaitAsync(cancellationToken);
                if (item is { } news && (news.Data != sent || ++beats >= BeatsBetweenRepeats))
                {
                    await events.WriteAsync(news, cancellationToken);
                    (sent, beats) = (news.Data, 0);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            // The reader went away, or the server stops.
        }
    }

    /// <summary>Null while the cluster does not answer; the next beat asks again.</summary>
    private async Task<SseItem<string>?> StatusAsync(string id)
    {
        try
        {
            return Item("status", await sweeps.GetAsync(id), null);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return null;
        }
    }

    private static SseItem<string> Item<T>(string type, T data, long? version) =>
        new(Encoding.UTF8.GetString(CanonicalJson.Write(data)), type) { EventId = version?.ToString() };
}

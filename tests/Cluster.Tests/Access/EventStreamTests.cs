using System.Net;
using System.Net.ServerSentEvents;
using System.Threading.Channels;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Dashboard.Api;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Answers that take as long as somebody looks: they end when that one may look no more.</summary>
[Collection(AccessCollection.Name)]
public sealed class EventStreamTests(AccessServer access)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What was shown for it is looked at again while it goes on.</summary>
    [Fact]
    public async Task Stream_OfATokenThatIsRevoked_Ends()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using DashboardServer watched = await access.Server.StartBesideAsync(clock, access: AccessServer.Settings);
        string token = await access.TokenAsync("lea", Role.Viewer);
        using HttpResponseMessage stream = await AccessServer.SendAsync(
            watched, HttpMethod.Get, $"/api/v1/sweeps/{access.Sweep}/events", token);
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        Task read = stream.Content.CopyToAsync(Stream.Null, Cancellation);
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.False(read.IsCompleted);
        using HttpResponseMessage revoked = await access.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{token.Split('_')[1]}", access.Admin);
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);

        await await PassAsync(clock, () => read.IsCompleted, read);
    }

    /// <summary>The proxy says of a new request alone whether it still knows the user.</summary>
    [Fact]
    public async Task Stream_OfAUserOfAProxy_EndsAfterFiveMinutes()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using DashboardServer watched = await access.Server.StartBesideAsync(clock, access: AccessServer.Settings);
        DateTimeOffset start = clock.GetUtcNow();
        using HttpResponseMessage stream = await AccessServer.SendAsync(
            watched, HttpMethod.Get, $"/api/v1/sweeps/{access.Sweep}/events", null, null, ("X-Forwarded-User", "rea"),
            ("X-Forwarded-Groups", "readers"));
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);
        Task read = stream.Content.CopyToAsync(Stream.Null, Cancellation);

        await await PassAsync(clock, () => read.IsCompleted, read);

        Assert.True(clock.GetUtcNow() - start >= TimeSpan.FromMinutes(5));
    }

    /// <summary>Its reader would take what the others show for all that there is.</summary>
    [Fact]
    public async Task Stream_OfWhichOnePartFails_EndsWithAllOfThem()
    {
        var events = Channel.CreateUnbounded<SseItem<string>>();
        using var stream = new CancellationTokenSource();
        Task other = Task.Delay(Timeout.Infinite, stream.Token);

        await SweepEvents.EndTogetherAsync([other, Task.FromException(new NotFoundException("it was removed"))], events.Writer, stream)
            .WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.True(other.IsCanceled);
        await Assert.ThrowsAsync<NotFoundException>(() => events.Reader.Completion);
    }

    /// <summary>Once is nothing, for the next time it is asked again; a second time in a row the reader has to come back.</summary>
    [Fact]
    public async Task Stream_WhoseCallerTheStoreDoesNotKnow_GoesOnAfterOneFailureAndEndsAfterTwo()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var store = new SlowReads(access.Server.Store) { Prefix = "access/tokens/" };
        await using DashboardServer watched = await access.Server.StartBesideAsync(clock, access: AccessServer.Settings, store: store);
        string token = await access.TokenAsync("lea", Role.Viewer);
        using HttpResponseMessage stream = await AccessServer.SendAsync(
            watched, HttpMethod.Get, $"/api/v1/sweeps/{access.Sweep}/events", token);
        Task read = stream.Content.CopyToAsync(Stream.Null, Cancellation);

        store.Failing = 1;
        await PassAsync(clock, () => store.Failing == 0, read);
        int reads = store.ReadsOf;
        await PassAsync(clock, () => store.ReadsOf > reads, read);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(read.IsCompleted);

        store.Failing = 1000;
        await await PassAsync(clock, () => read.IsCompleted, read);
        Assert.Equal(998, store.Failing);
    }

    /// <summary>Time passes until it is so.</summary>
    private static Task<Task> PassAsync(FakeTimeProvider clock, Func<bool> until, Task read) => TestCluster.WaitAsync(() =>
    {
        clock.Advance(TimeSpan.FromSeconds(5));
        return Task.FromResult(until() ? read : null);
    });
}

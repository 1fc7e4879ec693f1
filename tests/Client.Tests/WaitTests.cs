using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Commands;
using AdvSeg.Core.Sweeps;
using Microsoft.AspNetCore.Builder;

namespace AdvSeg.Client.Tests;

/// <summary><c>wait</c> against servers that freeze, restart and are not there.</summary>
public sealed class WaitTests
{
    private const string Id = "demo-12345678";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Wait_ForAServerThatIsFrozen_EndsAtItsTimeout()
    {
        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        var clock = Stopwatch.StartNew();

        int exitCode = await WaitAsync(((IPEndPoint)frozen.LocalEndpoint).Port, TimeSpan.FromSeconds(3));

        Assert.Equal(101, exitCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 2.9, 20);
    }

    [Fact]
    public async Task Wait_ForAServerThatStartsMeanwhile_AsksAgain()
    {
        int port = FreePort.Next();
        Task<int> waiting = WaitAsync(port, Limit);

        await using AnsweringServer server = await ServeAsync(port, app => app.MapGet(
            $"/api/v1/sweeps/{Id}", () => AnsweringServer.Json(Samples.Status(SweepStage.Finished, reported: true))));

        Assert.Equal(0, await waiting);
    }

    [Fact]
    public async Task Wait_ForAServerThatIsNotReadyYet_AsksAgain()
    {
        int asked = 0;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet($"/api/v1/sweeps/{Id}", () =>
            Interlocked.Increment(ref asked) == 1
                ? AnsweringServer.Problem(503, "the cluster does not answer")
                : AnsweringServer.Json(Samples.Status(SweepStage.Finished, reported: true))));

        Assert.Equal(0, await WaitAsync(new Uri(server.Address).Port, Limit));
        Assert.Equal(2, asked);
    }

    /// <summary>The sweep is over, so nothing else would say why the command still waits.</summary>
    [Fact]
    public async Task Wait_WhileTheReportCannotBeMade_SaysWhyOnce()
    {
        const string Why = "The report could not be made and is tried again: no space left";
        int asked = 0;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app => app.MapGet($"/api/v1/sweeps/{Id}", () =>
            AnsweringServer.Json(Interlocked.Increment(ref asked) < 3
                ? Samples.Status(SweepStage.Finished, reported: false) with { Message = Why }
                : Samples.Status(SweepStage.Finished, reported: true))));

        CommandResult result = await AdvSegProcess.RunAsync("wait", Id, "--timeout", "60", "--server", server.Address);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(3, asked);
        Assert.Single(result.ErrorLines, line => line.Contains(Why, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Wait_WithoutATimeoutForAServerThatStopsMeanwhile_GoesOnWhenItIsBack()
    {
        int port = FreePort.Next();
        var asked = new TaskCompletionSource();
        Task<int> waiting;
        await using (AnsweringServer before = await ServeAsync(port, app => app.MapGet($"/api/v1/sweeps/{Id}", () =>
        {
            asked.TrySetResult();
            return AnsweringServer.Json(Samples.Status(SweepStage.Ablation));
        })))
        {
            waiting = WaitAsync(port, limit: null);
            await asked.Task.WaitAsync(Limit, TestContext.Current.CancellationToken);
        }

        await using AnsweringServer after = await ServeAsync(port, app => app.MapGet(
            $"/api/v1/sweeps/{Id}", () => AnsweringServer.Json(Samples.Status(SweepStage.Cancelled))));

        Assert.Equal(103, await waiting);
    }

    [Fact]
    public async Task Wait_WithoutATimeoutAndWithoutAServer_FailsAtOnce()
    {
        var e = await Assert.ThrowsAsync<UnreachableServerException>(() => WaitAsync(FreePort.Next(), limit: null));

        Assert.Equal(69, e.ExitCode);
    }

    private static async Task<int> WaitAsync(int port, TimeSpan? limit)
    {
        using var api = new ApiClient(ServerAddress.Parse($"http://127.0.0.1:{port}"));
        return await WaitCommand.WaitAsync(api, Id, limit, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private static Task<AnsweringServer> ServeAsync(int port, Action<WebApplication> map) => AnsweringServer.StartAsync(map, port);
}

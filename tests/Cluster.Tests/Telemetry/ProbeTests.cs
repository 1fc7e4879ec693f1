using System.Net;
using AdvSeg.Hosting.Health;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AdvSeg.Cluster.Tests.Telemetry;

public sealed class ProbeTests : IAsyncLifetime
{
    private ProbedSilo _silo = null!;

    public async ValueTask InitializeAsync() => _silo = await ProbedSilo.StartAsync();

    public async ValueTask DisposeAsync() => await _silo.DisposeAsync();

    [Fact]
    public async Task Silo_ThatRuns_IsLiveReadyAndTellsItsNumbers()
    {
        Assert.Equal("live\n", await _silo.Http.GetStringAsync("/healthz/live"));
        await _silo.ReadyAsync(r => r.Ready);

        Assert.Equal(HttpStatusCode.OK, (await _silo.ReadyAsync()).Status);
        Assert.Equal("""{"ready":true,"reasons":[]}""", await _silo.Http.GetStringAsync("/healthz/ready"));
        Assert.Matches("(?m)^advseg_host_ready.* 1( |$)", await _silo.ScrapeAsync());
    }

    [Fact]
    public async Task Store_OutOfReachForLongerThanTheGrace_MakesItNotReadyUntilItAnswers()
    {
        await _silo.ReadyAsync(r => r.Ready);

        _silo.Store.Rule = _ => Task.FromResult(CallFault.RequestLost);
        Readiness away = await _silo.ReadyAsync(r => !r.Ready);

        NotReady reason = Assert.Single(away.Reasons);
        Assert.Equal("store", reason.Check);
        Assert.Equal("Cannot exists 'probe': the service is busy.", reason.Why);
        Assert.True(reason.Seconds >= 0.3);
        Assert.Equal("live\n", await _silo.Http.GetStringAsync("/healthz/live"));

        _silo.Store.Rule = _ => Task.FromResult(CallFault.None);
        await _silo.ReadyAsync(r => r.Ready);
    }

    [Fact]
    public async Task Store_ThatDoesNotAnswerWithinTheGrace_KeepsItReady()
    {
        await using ProbedSilo patient = await ProbedSilo.StartAsync(TimeSpan.FromMinutes(5));
        await patient.ReadyAsync(r => r.Ready);
        int failed = 0;
        patient.Store.Rule = call => Task.FromResult(
            call.Key == "probe" && Interlocked.Increment(ref failed) > 0 ? CallFault.RequestLost : CallFault.None);

        // The second look comes after the first one's failure was noted.
        await TestCluster.WaitAsync(() => Task.FromResult(Volatile.Read(ref failed) >= 2 ? "it failed" : null));

        Assert.True((await patient.ReadyAsync()).Readiness.Ready);
    }

    [Fact]
    public async Task Silo_ThatStops_SaysThatItDrainsUntilItsAttemptsHaveLetGo()
    {
        using var held = new ManualResetEventSlim();
        using var inside = new ManualResetEventSlim();
        _silo.Trainer.OnStep = (_, step) =>
        {
            inside.Set();
            held.Wait(TimeSpan.FromSeconds(60));
        };
        await _silo.Grains.GetGrain<Grains.Interfaces.ISweepGrain>(TestSweep.Spec("drained").Id().Value)
            .Start(TestSweep.Submission(TestSweep.Spec("drained")));
        await TestCluster.WaitAsync(() => Task.FromResult(inside.IsSet ? "it trains" : null));

        Task stopped = _silo.StopAsync();
        Readiness draining = await _silo.ReadyAsync(r => r.Reasons.Count == 2);

        Assert.All(draining.Reasons, r => Assert.Equal("draining", r.Check));
        Assert.False(stopped.IsCompleted);
        held.Set();
        await stopped;
        await Assert.ThrowsAsync<HttpRequestException>(() => _silo.Http.GetStringAsync("/healthz/live"));
    }

    [Fact]
    public async Task Worker_ThatWasAskedToDrain_IsNotReadyThoughItStays()
    {
        await _silo.ReadyAsync(r => r.Ready);

        _silo.Services.GetRequiredService<WorkerAgent>().RequestDrain();

        NotReady reason = Assert.Single((await _silo.ReadyAsync(r => !r.Ready)).Reasons);
        Assert.Equal(new NotReady("draining", "its attempts checkpoint and let go"), reason);
    }
}

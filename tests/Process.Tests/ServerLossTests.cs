using AdvSeg.Chaos;

namespace AdvSeg.Process.Tests;

/// <summary>The servers a cluster stands on, taken away in the middle of a sweep.</summary>
[Trait("Category", "Process")]
public sealed class ServerLossTests(SharedServers servers)
{
    [Fact]
    public async Task Redis_KilledAndBackEmpty_IsFilledAgainAndNoLeaseIsLost()
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await StartOwnAsync();
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        await cluster.SettledAsync(sweep, 1);

        await cluster.Redis.KillAsync();
        await cluster.Redis.StartAsync();
        await Task.WhenAll(cluster.Silos.Select(s => s.LineAsync("The membership table is whole again", Wait.Step)));
        SiloNode newcomer = cluster.Workers[1];
        Assert.Equal(0, await newcomer.TerminateAsync());
        await newcomer.StartAsync();

        await cluster.AssertWholeAsync(sweep, servers);
        Assert.DoesNotContain(cluster.Control.Log, l => l.Text.Contains(" is lost: ", StringComparison.Ordinal));
        Assert.Contains(newcomer.Process.Lines, l => l.Contains("trains from step", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Store_KilledAndBackSoon_FailsNoRun() =>
        await StoreAwayAsync(c => c.Azurite.KillAsync(), TimeSpan.FromSeconds(15), storeForgets: true);

    [Fact]
    public async Task Store_AwayForTwoMinutes_FailsNoRun() => await StoreAwayAsync(c => c.Azurite.StopAsync(), TimeSpan.FromMinutes(2));

    private async Task StoreAwayAsync(Func<ClusterUnderTest, Task> take, TimeSpan away, bool storeForgets = false)
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await StartOwnAsync();
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        await cluster.SettledAsync(sweep, 1);

        await take(cluster);
        await Task.Delay(away, TestContext.Current.CancellationToken);
        Assert.All(cluster.Silos, s => Assert.True(s.IsRunning, $"{s.Name} ended while the store was away"));
        await cluster.Azurite.StartAsync();

        await cluster.AssertWholeAsync(sweep, servers, storeForgets: storeForgets);
    }

    private async Task<ClusterUnderTest> StartOwnAsync()
    {
        servers.SkipWithoutServers();
        return await ClusterUnderTest.StartAsync(servers.NewFolder(), new ClusterShape { CheckpointSteps = 5 });
    }
}

using AdvSeg.Chaos;
using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>A cluster whose processes are replaced one after the other by those of another release, in the middle of a sweep.</summary>
[Trait("Category", "Process")]
public sealed class UpgradeTests(SharedServers servers)
{
    [Theory]
    [InlineData("dashboard,control-1,control-2,worker-1,worker-2")]
    [InlineData("worker-1,worker-2,control-1,control-2,dashboard")]
    public async Task Cluster_UpgradedInThisOrder_LeavesTheSweepWhole(string order) =>
        await RolledAsync(await PreviousAsync(), Release.Ours, order);

    [Fact]
    public async Task Workers_TakenBackToThePreviousRelease_LeaveTheSweepWhole() =>
        await RolledAsync(Release.Ours, await PreviousAsync(), "worker-1,worker-2");

    /// <summary>The previous release refuses what this one added to the state of the queue: it must not drop it in silence.</summary>
    [Fact]
    public async Task Control_TakenBackPastWhatItCanRead_RefusesAndTheSweepGoesOnWithThisReleaseAgain()
    {
        Release previous = await PreviousAsync();
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape());
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        await cluster.SettledAsync(sweep, 2);

        Assert.Equal(0, await cluster.Control.TerminateAsync());
        cluster.Control.Release = previous;
        await cluster.Control.StartAsync();
        await cluster.Control.LineAsync("could not be mapped to any .NET member", Wait.Step);

        Assert.Equal(0, await cluster.Control.TerminateAsync());
        cluster.Control.Release = Release.Ours;
        await cluster.Control.StartAsync();
        await cluster.AssertWholeAsync(sweep, servers);
    }

    private async Task RolledAsync(Release from, Release to, string order)
    {
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { Controls = 2, Release = from });
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        int settled = 0;
        foreach (string name in order.Split(','))
        {
            await cluster.SettledAsync(sweep, ++settled);
            if (name == "dashboard")
            {
                await cluster.KillDashboardAsync();
                cluster.DashboardRelease = to;
                cluster.StartDashboard();
                continue;
            }

            SiloNode silo = cluster.Silos.Single(s => s.Name == name);
            Assert.Equal(0, await silo.TerminateAsync());
            silo.Release = to;
            await silo.StartAsync();
        }

        await cluster.AssertWholeAsync(sweep, servers);
    }

    private static async Task<Release> PreviousAsync()
    {
        Wait.SkipUnlessLong();
        try
        {
            return await PreviousRelease.BuiltAsync();
        }
        catch (MissingPartException e)
        {
            Assert.Skip($"The previous release is not here: {e.Message}");
            throw;
        }
    }
}

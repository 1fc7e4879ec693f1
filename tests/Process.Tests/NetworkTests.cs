using AdvSeg.Chaos;
using AdvSeg.Core.Scheduling;
using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>A worker on a host of its own, cut off from what it needs, and healed.</summary>
[Trait("Category", "Process")]
public sealed class NetworkTests(SharedServers servers)
{
    private const string Worker = "worker-1";
    private static readonly TimeSpan Longer = new LeasePolicy().TimeToLive + TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("redis")]
    [InlineData("store")]
    public async Task Worker_CutOffFromAServerForLongerThanALease_KeepsItsLease(string server)
    {
        await using Scene scene = await StartAsync();
        AttemptTrace attempt = await scene.Cluster.CheckpointedAsync(scene.Victim);

        scene.Lab.Cut(Worker, server);
        await Task.Delay(Longer, TestContext.Current.CancellationToken);
        scene.Lab.Heal(Worker, server);

        await scene.Cluster.AssertWholeAsync(scene.Sweep, servers, SharedServers.LongRuns);
        Assert.DoesNotContain(scene.Cluster.Control.Log, l => l.Text.Contains($"Attempt {attempt.Token} is lost", StringComparison.Ordinal));
        Assert.False(scene.Victim.Process.HasExited);
    }

    [Fact]
    public async Task Worker_CutOffFromTheControlSilo_LosesItsLeaseAndWritesNothingUntilItHears()
    {
        await using Scene scene = await StartAsync();
        AttemptTrace attempt = await scene.Cluster.CheckpointedAsync(scene.Victim);

        scene.Lab.Cut(Worker, "control");
        await scene.Cluster.Control.LineAsync($"Attempt {attempt.Token} is lost", Wait.Step);
        int heard = scene.Victim.Process.Lines.Count;
        await ClusterUnderTest.EventuallyAsync(
            () => Task.FromResult(scene.Cluster.Timeline().NextAttempt(attempt) is { } at ? $"{at}" : null), Wait.Step);
        scene.AssertNothingStored(attempt, heard);
        scene.Lab.Heal(Worker, "control");

        await scene.RestartIfEndedAsync();
        await scene.Cluster.AssertWholeAsync(scene.Sweep, servers, SharedServers.LongRuns);
    }

    [Fact]
    public async Task Worker_CutOffFromEverything_IsGivenUpAndCommitsNothing()
    {
        await using Scene scene = await StartAsync();
        AttemptTrace attempt = await scene.Cluster.CheckpointedAsync(scene.Victim);

        string[] others = ["redis", "store", "control", "worker-2"];
        foreach (string other in others)
        {
            scene.Lab.Cut(Worker, other);
        }

        await scene.Cluster.Control.LineAsync($"Attempt {attempt.Token} is lost", Wait.Step);
        int heard = scene.Victim.Process.Lines.Count;
        await ClusterUnderTest.EventuallyAsync(
            () => Task.FromResult(scene.Cluster.Timeline().NextAttempt(attempt) is { } at ? $"{at}" : null), Wait.Step);
        scene.AssertNothingStored(attempt, heard);
        foreach (string other in others)
        {
            scene.Lab.Heal(Worker, other);
        }

        await scene.RestartIfEndedAsync();
        await scene.Cluster.AssertWholeAsync(scene.Sweep, servers, SharedServers.LongRuns);
    }

    private async Task<Scene> StartAsync()
    {
        Wait.SkipUnlessLong();
        servers.SkipWithoutServers();
        await servers.UndisturbedAsync(SharedServers.LongRuns);
        try
        {
            return await Scene.StartAsync(servers.NewFolder());
        }
        catch (MissingPartException e)
        {
            Assert.Skip($"Network namespaces cannot be made here: {e.Message}");
            throw;
        }
    }

    /// <summary>A cluster whose silos and servers are hosts of their own, with a sweep that has begun.</summary>
    private sealed class Scene(NetworkLab lab, RedisServer redis, AzuriteServer azurite, ClusterUnderTest cluster, string sweep) : IAsyncDisposable
    {
        public NetworkLab Lab => lab;

        public ClusterUnderTest Cluster => cluster;

        public string Sweep => sweep;

        public SiloNode Victim => cluster.Workers[0];

        public static async Task<Scene> StartAsync(string folder)
        {
            var lab = new NetworkLab("redis", "store", "control", Worker, "worker-2");
            var redis = new RedisServer(lab["redis"].Address, lab["redis"].Launcher);
            var azurite = new AzuriteServer(Path.Combine(folder, "blobs"), lab["store"].Address, lab["store"].Launcher);
            try
            {
                await redis.StartAsync();
                await azurite.StartAsync();
                ClusterUnderTest cluster =
                    await ClusterUnderTest.StartAsync(redis, azurite, folder, new ClusterShape { CheckpointSteps = 5, Hosts = name => lab[name] });
                return new Scene(lab, redis, azurite, cluster, await cluster.SubmitAsync(SharedServers.LongRuns));
            }
            catch
            {
                await redis.DisposeAsync();
                await azurite.DisposeAsync();
                lab.Dispose();
                throw;
            }
        }

        /// <summary>Since these lines of its log, the cut-off attempt has stored no checkpoint and no result.</summary>
        public void AssertNothingStored(AttemptTrace attempt, int since) => Assert.DoesNotContain(
            Victim.Process.Lines.Skip(since),
            l => l.Contains($"Attempt {attempt.Token} of run {attempt.Run} stored", StringComparison.Ordinal) || l.Contains(
                $"Attempt {attempt.Token} of run {attempt.Run} committed", StringComparison.Ordinal));

        /// <summary>A silo that was declared dead ends itself when it hears of it.</summary>
        public async Task RestartIfEndedAsync()
        {
            await ClusterUnderTest.EventuallyAsync(
                async () => Victim.Process.HasExited || (await cluster.WorkersAsync()).Count == cluster.Workers.Count ? "" : null, Wait.Step);
            if (Victim.Process.HasExited)
            {
                await Victim.StartAsync();
            }
        }

        public async ValueTask DisposeAsync()
        {
            await cluster.DisposeAsync();
            await redis.DisposeAsync();
            await azurite.DisposeAsync();
            lab.Dispose();
        }
    }
}

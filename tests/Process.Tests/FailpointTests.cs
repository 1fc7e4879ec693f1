using AdvSeg.Chaos;
using AdvSeg.Grains;

namespace AdvSeg.Process.Tests;

/// <summary>A silo that is killed at a named place, as the kernel would, and restarted.</summary>
[Trait("Category", "Process")]
public sealed class FailpointTests(SharedServers servers)
{
    private const int Killed = 137;

    [Theory]
    [InlineData(Failpoint.AfterCheckpointPut, true)]
    [InlineData(Failpoint.BeforeResultPut, true)]
    [InlineData(Failpoint.AfterResultPut, false)]
    public async Task Worker_KilledAtAFailpoint_LosesNothing(string failpoint, bool isLong) =>
        await KilledAsync(failpoint, isLong, cluster => cluster.Workers[0]);

    [Theory]
    [InlineData(Failpoint.AfterGrantWrite, true)]
    [InlineData(Failpoint.AfterSettleWrite, true)]
    [InlineData(Failpoint.BeforeSweepAcknowledges, true)]
    [InlineData(Failpoint.AfterChoicePut, true)]
    public async Task Control_KilledAtAFailpoint_LosesNothing(string failpoint, bool isLong) =>
        await KilledAsync(failpoint, isLong, cluster => cluster.Control);

    [Fact]
    public async Task Control_KilledAfterItPutTheChosenSettings_LosesNothing() =>
        await KilledAsync(Failpoint.AfterTuningPut, isLong: true, cluster => cluster.Control, SharedServers.TunedSweep);

    private async Task KilledAsync(string failpoint, bool isLong, Func<ClusterUnderTest, SiloNode> who, string? sweep = null)
    {
        string yaml = sweep ?? SharedServers.Sweep;
        if (isLong)
        {
            Wait.SkipUnlessLong();
        }

        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape());
        SiloNode victim = who(cluster);
        await victim.KillAsync();
        victim.Launch((Failpoint.Variable, failpoint));
        await victim.StartedAsync();

        // The control silo may die before it has answered; whoever submits asks again.
        Task<string> submission = cluster.SubmitAsync(yaml);
        Assert.Equal(Killed, await victim.Process.EndAsync(Wait.Sweep));
        await victim.StartAsync();

        await cluster.AssertWholeAsync(await submission, servers, yaml);
    }
}

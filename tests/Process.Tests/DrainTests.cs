using AdvSeg.Chaos;
using AdvSeg.Core;

namespace AdvSeg.Process.Tests;

/// <summary>SIGTERM, as Kubernetes sends it before it takes a pod away.</summary>
[Trait("Category", "Process")]
public sealed class DrainTests(SharedServers servers)
{
    [Fact]
    public async Task Worker_Terminated_SavesReleasesAndLeaves()
    {
        // No checkpoint by itself: what the next attempt resumes from was saved by the drain.
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { CheckpointSteps = 10 * SharedServers.Steps });
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        AttemptTrace attempt = await ClusterUnderTest.EventuallyAsync(
            () => Task.FromResult(cluster.Timeline().Attempts.Values.FirstOrDefault(a => a.Node == "worker-1" && a.Ended is null)), Wait.Step);

        int exit = await cluster.Workers[0].TerminateAsync();
        await cluster.Workers[0].StartAsync();
        await cluster.AssertWholeAsync(sweep, servers);

        Assert.Equal(0, exit);
        Assert.Contains(cluster.Workers[0].Log, l => l.Text.Contains($"Attempt {attempt.Token} of run {attempt.Run} stored the checkpoint", StringComparison.Ordinal));
        Assert.DoesNotContain(cluster.Control.Log, l => l.Text.Contains($"Attempt {attempt.Token} is lost", StringComparison.Ordinal));
        RunResult result = (await cluster.ResultsAsync())[attempt.Run];
        Assert.Equal(attempt.Token, result.Provenance.ResumedFromAttempt);
        Assert.True(result.Provenance.ResumedFromStep > 0);
    }

    [Fact]
    public async Task Control_Started_LoadsNoLibtorch()
    {
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { Workers = 1 });
        await ClusterUnderTest.EventuallyAsync(async () => await cluster.WorkersAsync() is [{ } worker] ? worker : null);

        Assert.DoesNotContain("libtorch", await File.ReadAllTextAsync($"/proc/{cluster.Control.Process.Id}/maps", TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("libtorch", await File.ReadAllTextAsync($"/proc/{cluster.Workers[0].Process.Id}/maps", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}

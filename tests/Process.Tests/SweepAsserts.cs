using AdvSeg.Chaos;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Process.Tests;

/// <summary>What every disturbed sweep must come to.</summary>
internal static class SweepAsserts
{
    /// <summary>Finished, complete, equal in bits to the undisturbed sweep, nothing committed or acknowledged twice.</summary>
    /// <param name="cluster">Where it ran.</param>
    /// <param name="sweep">Its id.</param>
    /// <param name="servers">Where the undisturbed sweep runs.</param>
    /// <param name="yaml">What was submitted; null: <see cref="SharedServers.Sweep"/>.</param>
    /// <param name="storeForgets">The store was killed: Azurite keeps its index in memory for some seconds, so what it had acknowledged may
    /// be put again.</param>
    public static async Task AssertWholeAsync(
        this ClusterUnderTest cluster, string sweep, SharedServers servers, string? yaml = null, bool storeForgets = false)
    {
        SweepStatus status = await cluster.WaitForEndAsync(sweep, Wait.Sweep);
        Assert.Empty(
            (await cluster.RunsAsync(sweep)).Rows.Where(r => r.State is RunState.Failed or RunState.Cancelled).Select(r => $"{r.Run}: {r.Message}"));
        Assert.Equal((SweepStage.Finished, status.Planned), (status.Stage, status.Completed));
        Assert.Equal(await servers.UndisturbedAsync(yaml ?? SharedServers.Sweep), SharedServers.Digests(await cluster.ResultsAsync()));
        if (storeForgets)
        {
            return;
        }

        Timeline timeline = cluster.Timeline();
        Assert.DoesNotContain(timeline.Commits.GroupBy(r => r), g => g.Count() > 1);
        Assert.DoesNotContain(timeline.Acknowledgements.GroupBy(a => a), g => g.Count() > 1);
    }

    public static Timeline Timeline(this ClusterUnderTest cluster) => new(cluster.Silos.SelectMany(s => s.Log), []);

    /// <summary>Waits until an attempt on this worker has stored a checkpoint and goes on.</summary>
    public static Task<AttemptTrace> CheckpointedAsync(this ClusterUnderTest cluster, SiloNode worker) => ClusterUnderTest.EventuallyAsync(
        () => Task.FromResult(
            cluster.Timeline().Attempts.Values.FirstOrDefault(a => a.Node == worker.Name && a.Ended is null && a.Checkpoints.Count > 0)),
        Wait.Step);

    /// <summary>Waits until some runs have settled.</summary>
    public static Task<SweepStatus> SettledAsync(this ClusterUnderTest cluster, string sweep, int runs) =>
        cluster.WaitAsync(sweep, s => s.Completed >= runs, Wait.Step);
}

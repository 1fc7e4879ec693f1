using AdvSeg.Chaos;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Blob;

namespace AdvSeg.Process.Tests;

/// <summary>Restarts that operators do, and one that nobody notices.</summary>
[Trait("Category", "Process")]
public sealed class RestartTests(SharedServers servers)
{
    [Fact]
    public async Task EverySilo_RestartedInTurn_LeavesTheSweepWhole()
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape());
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        int settled = 0;
        foreach (SiloNode silo in cluster.Silos)
        {
            await cluster.SettledAsync(sweep, ++settled);
            Assert.Equal(0, await silo.TerminateAsync());
            await silo.StartAsync();
        }

        await cluster.AssertWholeAsync(sweep, servers);
    }

    [Fact]
    public async Task WholeCluster_KilledAndStartedOnNewPorts_GoesOnFromItsCheckpoints()
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { CheckpointSteps = 5 });
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        await cluster.SettledAsync(sweep, 2);
        AttemptTrace attempt = await cluster.CheckpointedAsync(cluster.Workers[0]);

        await Task.WhenAll(cluster.Silos.Select(s => s.KillAsync()));
        foreach (SiloNode silo in cluster.Silos)
        {
            silo.MoveToNewPorts();
            silo.Launch();
        }

        await Task.WhenAll(cluster.Silos.Select(s => s.StartedAsync()));
        await cluster.AssertWholeAsync(sweep, servers);
        Assert.True((await cluster.ResultsAsync())[attempt.Run].Provenance.ResumedFromStep > 0);
    }

    [Fact]
    public async Task Control_KilledAfterTheLastFoldWithNobodyCalling_StillStartsTheAblation()
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape());
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        int folds = (await cluster.WaitAsync(sweep, s => s.Planned > 0, Wait.Step)).Planned;
        await cluster.KillDashboardAsync();

        await ClusterUnderTest.EventuallyAsync(
            () => Task.FromResult(cluster.Timeline().Acknowledgements.Count >= folds ? "" : null), Wait.Sweep);
        await cluster.Control.KillAsync();
        await cluster.Control.StartAsync();

        string ended = await cluster.Control.LineAsync("ended: Finished", Wait.Sweep);
        Assert.Contains(sweep, ended, StringComparison.Ordinal);
        var store = await AzureBlobArtifactStore.OpenAsync(cluster.Blob, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(await store.ExistsAsync(ArtifactKeys.Choice(new SweepId(sweep)), TestContext.Current.CancellationToken));
        Assert.Equal(await servers.UndisturbedAsync(SharedServers.Sweep), SharedServers.Digests(await cluster.ResultsAsync()));
    }
}

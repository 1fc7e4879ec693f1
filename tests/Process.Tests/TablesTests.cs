using AdvSeg.Chaos;
using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>A cluster whose membership is in Azure Tables: Azurite's, and no Redis.</summary>
[Trait("Category", "Process")]
public sealed class TablesTests(SharedServers servers)
{
    [Fact]
    public async Task Worker_KilledInAClusterOnTables_IsMissedAndReplaced()
    {
        Wait.SkipUnlessLong();
        servers.SkipWithoutServers();
        await using var tables = new AzuriteTables(servers.NewFolder());
        await tables.StartAsync();
        await using ClusterUnderTest cluster =
            await servers.StartClusterAsync(new ClusterShape { CheckpointSteps = 5, Tables = tables.ConnectionString });
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        await cluster.SettledAsync(sweep, 1);

        await cluster.Workers[0].KillAsync();
        await cluster.Workers[0].StartAsync();

        await cluster.AssertWholeAsync(sweep, servers);
        Assert.Contains(cluster.Control.Log, l => l.Text.Contains(" is lost: ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Control_WhoseTablesAreAway_SaysSoAndEnds()
    {
        servers.SkipWithoutServers();
        await using var tables = new AzuriteTables(servers.NewFolder());
        var control = new SiloNode("control", Silo.Settings.SiloRole.Control, servers.NewFolder(), new Dictionary<string, string>
        {
            ["ADVSEG_BLOB"] = servers.Store,
            ["ADVSEG_TABLES"] = tables.ConnectionString,
        });
        await using (control)
        {
            control.Launch();
            Assert.Equal(69, await control.Process.EndAsync(TimeSpan.FromSeconds(90)));
            Assert.Contains(control.Process.Lines, l => l.Contains("The membership tables do not answer", StringComparison.Ordinal));
        }
    }
}

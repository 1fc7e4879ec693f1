using System.Net;
using AdvSeg.Chaos;

namespace AdvSeg.Process.Tests;

/// <summary>Every process of a cluster answers probes and scrapes, as a platform asks them.</summary>
[Trait("Category", "Process")]
public sealed class ProbeTests(SharedServers servers)
{
    [Fact]
    public async Task EveryProcess_OfARunningCluster_IsReadyAndTellsTheMetricsOfItsRole()
    {
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { Workers = 1 });
        using var http = new HttpClient();
        string control = await AddressAsync(cluster.Control), worker = await AddressAsync(cluster.Workers[0]);

        foreach (string address in new[] { control, worker, cluster.Address })
        {
            await ReadyAsync(http, address, HttpStatusCode.OK);
            Assert.Equal("live\n", await http.GetStringAsync($"{address}/healthz/live"));
        }

        Assert.Matches("(?m)^advseg_build_info\\{.*role=\"control\".*\\} 1", await http.GetStringAsync($"{control}/metrics"));
        Assert.Matches("(?m)^advseg_silos\\{.*status=\"active\".*\\} 2", await http.GetStringAsync($"{control}/metrics"));
        Assert.Matches("(?m)^advseg_slots\\{.*state=\"idle\".*\\} 1", await http.GetStringAsync($"{worker}/metrics"));
        Assert.Matches("(?m)^advseg_build_info\\{.*role=\"dashboard\".*\\} 1", await http.GetStringAsync($"{cluster.Address}/metrics"));
    }

    [Fact]
    public async Task Silo_WhoseRedisIsAway_IsNotReadyForThatReasonUntilItIsBack()
    {
        servers.SkipWithoutServers();
        string folder = servers.NewFolder();
        await using ClusterUnderTest cluster = await ClusterUnderTest.StartAsync(folder, new ClusterShape { Workers = 1 });
        using var http = new HttpClient();
        string address = await AddressAsync(cluster.Workers[0]);
        await ReadyAsync(http, address, HttpStatusCode.OK);

        await cluster.Redis.KillAsync();
        string reasons = await ReadyAsync(http, address, HttpStatusCode.ServiceUnavailable);

        Assert.Contains("\"check\":\"membership\"", reasons);
        Assert.DoesNotContain("\"check\":\"store\"", reasons);
        await cluster.Redis.StartAsync();
        await ReadyAsync(http, address, HttpStatusCode.OK);
    }

    /// <summary>Where a silo answers: it took a free port and names it in its log.</summary>
    private static async Task<string> AddressAsync(SiloNode silo)
    {
        const string Named = "Health and metrics: ";
        string line = await silo.LineAsync(Named, Wait.Step);
        return line[(line.IndexOf(Named, StringComparison.Ordinal) + Named.Length)..].TrimEnd('/');
    }

    /// <summary>What <c>/healthz/ready</c> says, once it has this status.</summary>
    private static Task<string> ReadyAsync(HttpClient http, string address, HttpStatusCode status) => ClusterUnderTest.EventuallyAsync(async () =>
    {
        using HttpResponseMessage response = await http.GetAsync($"{address}/healthz/ready");
        return response.StatusCode == status ? await response.Content.ReadAsStringAsync() : null;
    });
}

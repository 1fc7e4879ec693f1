using System.Net;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>One sweep that cannot be read keeps no other from being listed, shown, explained, counted and reported.</summary>
[Collection(FinishedFolder.Collection)]
public sealed class DamagedSweepTests(FinishedFolder finished)
{
    [Theory]
    [InlineData("sweeps/ID/plan.json", false)]
    [InlineData("sweeps/ID/plan.json", true)]
    [InlineData("sweeps/ID/choice.json", false)]
    [InlineData("sweeps/ID/choice.json", true)]
    [InlineData("state/sweep/sweep/ID.json", false)]
    [InlineData("state/sweep/sweep/ID.json", true)]
    public async Task Server_OverADamagedSweep_NamesItAndShowsEveryOther(string file, bool empty)
    {
        string key = file.Replace("ID", finished.Damaged, StringComparison.Ordinal);
        using TempFolder folder = finished.Copy();
        string path = Path.Combine(folder.Path, key);
        if (empty)
        {
            await File.WriteAllBytesAsync(path, [], TestContext.Current.CancellationToken);
        }
        else
        {
            FinishedFolder.Truncate(path);
        }

        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());

        SweepStatus[] listed = await server.GetAsync<SweepStatus[]>("/api/v1/sweeps");
        Assert.Equal([finished.Damaged, finished.Other], listed.Select(s => s.Sweep));
        Assert.Contains(key, listed[0].Damage);
        Assert.Contains("advseg doctor", listed[0].Damage);
        Assert.Equal((null, SweepStage.Finished), (listed[1].Damage, listed[1].Stage));
        using HttpResponseMessage asked = await server.Http.GetAsync($"/api/v1/sweeps/{finished.Damaged}", TestContext.Current.CancellationToken);
        Assert.Contains(key, await asked.DetailAsync(HttpStatusCode.InternalServerError));
        string list = await server.Http.GetStringAsync("/", TestContext.Current.CancellationToken);
        Assert.Contains("Damaged", list, StringComparison.Ordinal);
        Assert.Contains($"/sweeps/{finished.Other}", list, StringComparison.Ordinal);
        await AssertWholeAsync(server);
    }

    [Fact]
    public async Task Server_OverFoldersOfOtherNames_PassesThemOver()
    {
        using TempFolder folder = finished.Copy();
        string sweeps = Path.Combine(folder.Path, "sweeps");
        foreach (string name in new[] { $"{finished.Damaged}.bak", $"{finished.Damaged}_copy", $"Copy of {finished.Damaged}" })
        {
            FinishedFolder.CopyTo(Path.Combine(sweeps, finished.Damaged), Path.Combine(sweeps, name));
        }

        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());

        SweepStatus[] listed = await server.GetAsync<SweepStatus[]>("/api/v1/sweeps");
        Assert.Equal([finished.Other, finished.Damaged], listed.Select(s => s.Sweep));
        Assert.All(listed, s => Assert.Null(s.Damage));
        await AssertWholeAsync(server);
    }

    /// <summary>A sweep that is submitted beside a damaged one is trained, reported and done.</summary>
    [Fact]
    public async Task Sweep_BesideADamagedOne_IsReported()
    {
        using TempFolder folder = finished.Copy();
        FinishedFolder.Truncate(Path.Combine(folder.Path, "sweeps", finished.Damaged, "plan.json"));
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());

        using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml.Replace("shown", "third", StringComparison.Ordinal));
        SweepStatus done = await server.WaitAsync((await response.ReadAsync<SweepStatus>()).Sweep, s => s.Reported);

        Assert.Equal((SweepStage.Finished, 0), (done.Stage, done.Failed));
    }

    private async Task AssertWholeAsync(DashboardServer server)
    {
        RunPage runs = await server.GetAsync<RunPage>($"/api/v1/sweeps/{finished.Other}/runs?count=1");
        string run = runs.Rows[0].Run;
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync($"/runs/{run}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync($"/sweeps/{finished.Other}", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Contains(finished.Other, (await server.GetAsync<RunPlace[]>($"/api/v1/runs?id={run[..12]}"))[0].Sweeps);
        Assert.Equal(WhyReason.Completed, (await server.GetAsync<Why>($"/api/v1/sweeps/{finished.Other}/runs/{run}/why")).Reason);
        Assert.Equal(RunState.Completed, runs.Rows[0].State);
        await Until.HoldsAsync(() => server.Gauge("advseg_sweeps", "stage", "finished") > 0, TimeSpan.FromSeconds(60));
    }
}

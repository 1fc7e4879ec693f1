using System.Net;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>A result that cannot be read: everything else is shown, and the run is trained again, with the same bits.</summary>
[Collection(FinishedFolder.Collection)]
public sealed class DamagedResultTests(FinishedFolder finished)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("cut")]
    [InlineData("empty")]
    [InlineData("missing")]
    [InlineData("another's")]
    [InlineData("no result")]
    public async Task Sweep_WithADamagedResult_IsShownWithoutItAndTrainsItAgain(string damage)
    {
        using TempFolder folder = finished.Copy();
        (string run, string digest) = Damage(folder.Path, damage);
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());
        string root = $"/api/v1/sweeps/{finished.Damaged}";

        RunRow row = (await server.GetAsync<RunPage>($"{root}/runs?count=1000")).Rows.Single(r => r.Run == run);
        Assert.Equal((RunState.Completed, null), (row.State, row.Dice));
        Assert.Contains($"runs/{run}/result.json", row.Message);
        CellView[] cells = await server.GetAsync<CellView[]>($"{root}/cells");
        Assert.Equal([run], cells.SelectMany(c => c.Lost ?? []));
        Why why = await server.GetAsync<Why>($"{root}/runs/{run}/why");
        Assert.Equal(WhyReason.ResultLost, why.Reason);
        Assert.Contains($"advseg retry {finished.Damaged} {run[..12]}", why.NextStep);
        foreach (string page in new[] { $"/sweeps/{finished.Damaged}", $"/runs/{run}" })
        {
            Assert.Contains("advseg retry", await server.Http.GetStringAsync(page, Cancel), StringComparison.Ordinal);
        }

        string comparison = await server.Http.GetStringAsync($"/api/v1/compare?first={finished.Damaged}&second={finished.Other}", Cancel);
        Assert.Contains("Incomplete", comparison, StringComparison.Ordinal);
        using HttpResponseMessage asked = await server.Http.GetAsync($"/api/v1/runs/{run}", Cancel);
        Assert.Equal(damage == "missing" ? HttpStatusCode.NotFound : HttpStatusCode.InternalServerError, asked.StatusCode);

        using HttpResponseMessage retried = await server.Http.PostAsync($"{root}/retry?run={run}", null, Cancel);
        Assert.Equal(1, (await retried.ReadAsync<RetryAnswer>()).Runs);
        SweepStatus done = await server.WaitAsync(finished.Damaged, s => s.Reported);
        Assert.Equal((SweepStage.Finished, 0), (done.Stage, done.Failed));
        Assert.Equal(digest, (await server.GetAsync<RunResult>($"/api/v1/runs/{run}")).ResultDigest);
        Assert.Equal(damage == "missing" ? 0 : 1, CopiesOf(folder.Path, run));
    }

    /// <summary>Nothing was stored that says so, but a restart must not believe again that the run was completed.</summary>
    [Fact]
    public async Task Retry_OfALostResult_OutlivesARestartBeforeItIsTrained()
    {
        using TempFolder folder = finished.Copy();
        (string run, _) = Damage(folder.Path, "cut");
        var stuck = new RehearsalTrainer { OnStep = (_, _) => SpinWait.SpinUntil(() => Cancel.IsCancellationRequested, TimeSpan.FromSeconds(2)) };
        await using (DashboardServer server = await DashboardServer.StartAsync(folder.Path, stuck))
        {
            using HttpResponseMessage retried =
                await server.Http.PostAsync($"/api/v1/sweeps/{finished.Damaged}/retry?run={run}", null, Cancel);
            Assert.Equal(SweepStage.Ablation, (await retried.ReadAsync<RetryAnswer>()).Sweep.Stage);
        }

        await using DashboardServer again = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());
        SweepStatus done = await again.WaitAsync(finished.Damaged, s => s.Reported);

        Assert.Equal((SweepStage.Finished, done.Planned), (done.Stage, done.Completed));
        Assert.Equal(run, (await again.GetAsync<RunResult>($"/api/v1/runs/{run}")).Run);
    }

    [Fact]
    public async Task Run_ThatIsTrainedAgainAfterItWasListed_ShowsNoScoresOfItsLostResult()
    {
        using TempFolder folder = finished.Copy();
        var stuck = new RehearsalTrainer { OnStep = (_, _) => SpinWait.SpinUntil(() => Cancel.IsCancellationRequested, TimeSpan.FromSeconds(2)) };
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, stuck);
        string root = $"/api/v1/sweeps/{finished.Damaged}";
        RunRow before = (await server.GetAsync<RunPage>($"{root}/runs?count=1000")).Rows.First(r => r.Dice is not null);
        FinishedFolder.Truncate(Path.Combine(folder.Path, "runs", before.Run, "result.json"));
        using HttpResponseMessage retried = await server.Http.PostAsync($"{root}/retry?run={before.Run}", null, Cancel);
        Assert.Equal(1, (await retried.ReadAsync<RetryAnswer>()).Runs);

        RunRow again = (await server.GetAsync<RunPage>($"{root}/runs?count=1000")).Rows.Single(r => r.Run == before.Run);

        Assert.NotEqual(RunState.Completed, again.State);
        Assert.Equal((null, null), (again.Dice, again.Sensitivity));
    }

    /// <summary>No report of what is left is stored, and the sweep is done all the same. Cells remember what only the gallery reads again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FinishedSweep_WithLostResultsBeforeItsReport_TrainsThemAgainAndIsReported(bool cellsRemember)
    {
        using TempFolder folder = finished.Copy();
        string sweep = Path.Combine(folder.Path, "sweeps", finished.Damaged);
        byte[] summary = await File.ReadAllBytesAsync(Path.Combine(sweep, "report", "table1.csv"), Cancel);
        Directory.Delete(Path.Combine(sweep, "report"), recursive: true);
        string[] results = [.. Directory.EnumerateFiles(Path.Combine(folder.Path, "runs"), "result.json", SearchOption.AllDirectories)];
        foreach (string result in results)
        {
            FinishedFolder.Truncate(result);
        }

        if (!cellsRemember)
        {
            Directory.Delete(Path.Combine(sweep, "cells"), recursive: true);
        }

        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());
        SweepStatus done = await server.WaitAsync(finished.Damaged, s => s.Reported);

        Assert.Equal((SweepStage.Finished, done.Planned), (done.Stage, done.Completed));
        Assert.Equal(summary, await File.ReadAllBytesAsync(Path.Combine(sweep, "report", "table1.csv"), Cancel));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("empty")]
    public async Task NewSweep_ThatPlansARunWithADamagedResult_TrainsThatRunAgain(string damage)
    {
        using TempFolder folder = finished.Copy();
        (string run, string digest) = Damage(folder.Path, damage);
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer());

        using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml.Replace("shown", "third", StringComparison.Ordinal));
        SweepStatus done = await server.WaitAsync((await response.ReadAsync<SweepStatus>()).Sweep, s => s.Reported);

        Assert.Equal((SweepStage.Finished, done.Planned, done.Planned - 1), (done.Stage, done.Completed, done.Reused));
        Assert.Equal(digest, (await server.GetAsync<RunResult>($"/api/v1/runs/{run}")).ResultDigest);
    }

    /// <summary>Damages the result of a run of the first fold, which every decision needs, and the cells' own copies of it.</summary>
    private (string Run, string Digest) Damage(string folder, string damage)
    {
        string cells = Path.Combine(folder, "sweeps", finished.Damaged, "cells");
        if (Directory.Exists(cells))
        {
            Directory.Delete(cells, recursive: true);
        }

        string[] results = [.. Directory.EnumerateFiles(Path.Combine(folder, "runs"), "result.json", SearchOption.AllDirectories).Order()];
        string file = results.First(f => IsPlannedFirst(folder, Path.GetFileName(Path.GetDirectoryName(f)!)));
        RunResult result = CanonicalJson.Read<RunResult>(File.ReadAllBytes(file), file);
        switch (damage)
        {
            case "cut":
                FinishedFolder.Truncate(file);
                break;
            case "missing":
                File.Delete(file);
                break;
            default:
                File.WriteAllBytes(file, damage switch
                {
                    "empty" => [],
                    "another's" => File.ReadAllBytes(results.First(r => r != file)),
                    _ => "{\"run\":[null]}"u8.ToArray(),
                });
                break;
        }

        return (result.Run, result.ResultDigest);
    }

    private bool IsPlannedFirst(string folder, string run) =>
        File.ReadAllText(Path.Combine(folder, "sweeps", finished.Damaged, "plan.json")) is var plan
            && plan.Contains($"\"run\":\"{run}\",\"variant\":0,\"fold\":0", StringComparison.Ordinal);

    private static int CopiesOf(string folder, string run) =>
        Directory.Exists(Path.Combine(folder, "runs", run, "damaged")) ? Directory.GetFiles(Path.Combine(folder, "runs", run, "damaged")).Length : 0;
}

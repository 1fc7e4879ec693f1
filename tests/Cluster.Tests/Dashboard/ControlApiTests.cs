using System.Net;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Steering over HTTP: a run that fails, why, and its retry, which replaces the stored report.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class ControlApiTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RehearsalTrainer _trainer = new();

    [Fact]
    public async Task Retry_OfAFinishedSweepsFailedRun_ReplacesTheReport()
    {
        string? broken = null;
        _trainer.OnStep = (spec, _) =>
        {
            string run = spec.Id().Value;
            if ((Interlocked.CompareExchange(ref broken, run, null) ?? run) == run)
            {
                throw new TrainingException(FailureClass.Data, "the cohort is damaged");
            }
        };
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, _trainer);
        using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml);
        string id = (await response.ReadAsync<SweepStatus>()).Sweep;
        SweepStatus first = await server.WaitAsync(id, s => s.Reported);
        string incomplete = await server.Http.GetStringAsync($"/api/v1/sweeps/{id}/report/table1.md");
        Why why = await server.GetAsync<Why>($"/api/v1/sweeps/{id}/runs/{broken![..8]}/why");
        string page = await server.Http.GetStringAsync($"/runs/{broken}");

        _trainer.OnStep = (_, _) => { };
        RetryAnswer retried = await PostAsync<RetryAnswer>(server, $"sweeps/{id}/retry?failed=true");
        SweepStatus second = await server.WaitAsync(id, s => s is { Reported: true, Failed: 0 });
        string complete = await server.Http.GetStringAsync($"/api/v1/sweeps/{id}/report/table1.md");
        RetryAnswer nothing = await PostAsync<RetryAnswer>(server, $"sweeps/{id}/retry");

        Assert.Equal((1, SweepStage.Finished), (first.Failed, first.Stage));
        Assert.Contains("Incomplete:", incomplete);
        Assert.Equal((WhyReason.FailedData, id), (why.Reason, why.Sweep));
        Assert.Contains("the cohort is damaged", why.Evidence);
        Assert.Contains("Failed data", page);
        Assert.Contains("the cohort is damaged", page);
        Assert.Equal((1, null), (retried.Runs, retried.Sweep.Ended));
        Assert.Equal(first.Completed + 1, second.Completed);
        Assert.DoesNotContain("Incomplete:", complete);
        Assert.Equal(0, nothing.Runs);
    }

    [Fact]
    public async Task Runs_WaitingRunningAndNamedInPart_AreFoundPausedAndExplained()
    {
        using var go = new ManualResetEventSlim();
        _trainer.OnStep = (_, step) =>
        {
            if (step == 3)
            {
                go.Wait();
            }
        };
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, _trainer);
        try
        {
            using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml);
            string id = (await response.ReadAsync<SweepStatus>()).Sweep;
            await server.WaitAsync(id, s => s.Running == 2);
            RunPage page = await server.GetAsync<RunPage>($"/api/v1/sweeps/{id}/runs");
            string last = page.Rows.Last(r => r.State == RunState.Queued).Run;
            string running = page.Rows.First(r => r.State == RunState.Running).Run;

            RunPlace place = Assert.Single(await server.GetAsync<RunPlace[]>($"/api/v1/runs?id={last[..12]}"));
            Why busy = await server.GetAsync<Why>($"/api/v1/sweeps/{id}/runs/{last[..12]}/why");
            Why live = await server.GetAsync<Why>($"/api/v1/sweeps/{id}/runs/{running}/why");
            SweepStatus paused = await PostAsync<SweepStatus>(server, $"sweeps/{id}/pause?run={last[..12]}");
            Why held = await server.GetAsync<Why>($"/api/v1/sweeps/{id}/runs/{last}/why");
            SweepStatus cancelled = await PostAsync<SweepStatus>(server, $"sweeps/{id}/cancel?run={last[..12]}&reason=enough");
            string html = await server.Http.GetStringAsync($"/runs/{last}");

            Assert.Equal((last, id), (place.Run, place.Sweeps.Single()));
            Assert.Equal(WhyReason.AllSlotsBusy, busy.Reason);
            Assert.Equal((WhyReason.Running, RunState.Running), (live.Reason, live.State));
            Assert.Equal((1, false), (paused.PausedRuns, paused.Paused));
            Assert.Equal(WhyReason.RunPaused, held.Reason);
            Assert.Equal(1, cancelled.Cancelled);
            Assert.Contains("It was cancelled: enough.", html);
        }
        finally
        {
            go.Set();
        }
    }

    [Theory]
    [InlineData("/api/v1/runs?id=12", "'12' names no run")]
    [InlineData("/api/v1/runs?id=xyzxyz", "'xyzxyz' names no run")]
    public async Task Runs_NamedBadly_AreRefused(string path, string detail)
    {
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, _trainer);

        using HttpResponseMessage response = await server.Http.GetAsync(path);
        using HttpResponseMessage worker = await server.Http.PostAsync("/api/v1/workers/nobody/drain", null);

        Assert.Contains(detail, await response.DetailAsync(HttpStatusCode.BadRequest));
        Assert.Contains("There is no worker 'nobody'", await worker.DetailAsync(HttpStatusCode.BadRequest));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<T> PostAsync<T>(DashboardServer server, string path)
    {
        using HttpResponseMessage response = await server.Http.PostAsync($"/api/v1/{path}", null);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.ReadAsync<T>();
    }
}

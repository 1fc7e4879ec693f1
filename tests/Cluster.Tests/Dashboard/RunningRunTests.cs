using System.Net;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Runs;
using SkiaSharp;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>What is shown of a run while it trains, over real HTTP.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class RunningRunTests(FinishedSweep finished) : IDisposable
{
    private const int HeldAt = 11;
    private readonly TempFolder _folder = new();
    private readonly SemaphoreSlim _step = new(0);
    private readonly RehearsalTrainer _trainer = new();

    [Fact]
    public async Task Run_WhileItTrains_ShowsWhereItStandsItsLogAndWhatItSegmentsNow()
    {
        var first = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        _trainer.OnStep = (spec, step) =>
        {
            if (step >= HeldAt && (first.TrySetResult(spec.Id().Value) || first.Task.Result == spec.Id().Value))
            {
                _step.Wait();
            }
        };
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, _trainer);
        try
        {
            using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml);
            string id = (await response.ReadAsync<SweepStatus>()).Sweep;
            string run = await first.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
            RunRow row = (await server.GetAsync<RunPage>($"/api/v1/sweeps/{id}/runs?state=running")).Rows.Single(r => r.Run == run);
            (long attempt, string worker) = (row.Attempt!.Value, row.Worker!);

            // The training thread is inside a step and stays there.
            RunningAttempt now = await TestCluster.WaitAsync(async () =>
                await FindAsync<RunningAttempt>(server, $"/api/v1/runs/{run}/now") is { Progress.Step: HeldAt } held ? held : null);
            Assert.Equal((run, attempt, worker), (now.Run, now.Attempt, now.Worker));
            Assert.Contains($"starts at step 0 on {worker}", await server.Http.GetStringAsync($"/api/v1/runs/{run}/log"));
            using HttpResponseMessage refused = await server.Http.GetAsync($"/api/v1/runs/{run}/preview");
            Assert.Contains("came to no step boundary", await refused.DetailAsync(HttpStatusCode.ServiceUnavailable));
            Assert.Contains("came to no step boundary", await server.Http.GetStringAsync($"/runs/{run}"));

            // One step: what was asked for before is made at its end.
            _step.Release();
            TrainingPreview preview = await TestCluster.WaitAsync(() => FindAsync<TrainingPreview>(server, $"/api/v1/runs/{run}/preview"));
            Assert.InRange(preview.Step, HeldAt, HeldAt + 1);
            using SKBitmap picture = SKBitmap.Decode(await server.Http.GetByteArrayAsync($"/api/v1/runs/{run}/preview/0.png"));
            Assert.Equal((0, true), (picture.Width % preview.Slices[0].Size, picture.Width >= 400));
            using HttpResponseMessage beyond = await server.Http.GetAsync($"/api/v1/runs/{run}/preview/9.png");
            Assert.Contains("no slice 9", await beyond.DetailAsync(HttpStatusCode.NotFound));

            string page = await server.Http.GetStringAsync($"/runs/{run}");
            Assert.Contains($"data-part=\"/runs/{run}/parts/now\"", page);
            Assert.Contains("src=\"data:image/png;base64,", page);
            Assert.Contains($"<span class=\"mono\">{preview.Slices[0].Patient}</span>", await server.Http.GetStringAsync($"/runs/{run}/parts/now"));
        }
        finally
        {
            _step.Release(1_000_000);
        }
    }

    [Fact]
    public async Task Run_ThatIsNotTrained_HasNoPreviewAndNoPartNow()
    {
        DashboardServer server = finished.Server;
        string run = (await server.GetAsync<RunPage>($"/api/v1/sweeps/{finished.Id}/runs?state=completed&count=1")).Rows[0].Run;

        using HttpResponseMessage now = await server.Http.GetAsync($"/api/v1/runs/{run}/now");
        using HttpResponseMessage preview = await server.Http.GetAsync($"/api/v1/runs/{run}/preview");

        Assert.Contains("not being trained", await now.DetailAsync(HttpStatusCode.NotFound));
        Assert.Contains("not being trained", await preview.DetailAsync(HttpStatusCode.NotFound));
        Assert.Equal("", (await server.Http.GetStringAsync($"/runs/{run}/parts/now")).Trim());
        Assert.DoesNotContain("parts/now", await server.Http.GetStringAsync($"/runs/{run}"));
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<T?> FindAsync<T>(DashboardServer server, string path)
        where T : class
    {
        using HttpResponseMessage response = await server.Http.GetAsync(path);
        return response.IsSuccessStatusCode ? await response.ReadAsync<T>() : null;
    }
}

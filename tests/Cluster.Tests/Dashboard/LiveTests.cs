using System.Net;
using System.Net.ServerSentEvents;
using System.Text.RegularExpressions;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>A sweep held midway, seen live.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class LiveTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualResetEventSlim _go = new();
    private readonly RehearsalTrainer _trainer = new();

    [Fact]
    public async Task Sweep_Midway_StreamsProgressReportsKOfKAndObeysCommands()
    {
        int completed = 0;
        _trainer.OnStep = (spec, step) =>
        {
            if (step == 0 && Interlocked.Increment(ref completed) > 3)
            {
                _trainer.OnStep = (_, s) => Hold(s);
            }
        };
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, _trainer);
        try
        {
            using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml);
            string id = (await response.ReadAsync<SweepStatus>()).Sweep;
            SweepStatus midway = await server.WaitAsync(id, s => s is { Completed: > 0, Running: 2 });

            (ProgressBatch batch, SweepStatus status, string eventId) = await ReadEventsAsync(server, id);
            Assert.Equal(id, status.Sweep);
            Assert.Equal(batch.Version.ToString(), eventId);
            Assert.All(batch.Runs, r => Assert.InRange(r.Progress.Step, 1, r.Progress.Steps));
            Assert.Empty((await server.GetAsync<ProgressBatch>($"/api/v1/sweeps/{id}/progress?since={long.MaxValue}")).Runs);

            Assert.Contains("Incomplete:", await server.Http.GetStringAsync($"/api/v1/sweeps/{id}/report/table1.md"));
            Assert.Null(await server.Store.GetAsync(ArtifactKeys.ReportMarker(new SweepId(id))));
            string page = await server.Http.GetStringAsync($"/sweeps/{id}");
            RunPage running = await server.GetAsync<RunPage>($"/api/v1/sweeps/{id}/runs?state=running");
            Assert.All(running.Rows, r => Assert.Contains($"data-run=\"{r.Run}\"", page));
            Assert.Contains("data-confirm", page);

            // The first look may come before the running runs have told a speed.
            await ShownAsync(server, $"/sweeps/{id}", @"(about|at least) <b>\d+ (s|min)</b> left");
            await ShownAsync(server, "/", @"<td class=""num"">(\u2265 )?\d+ (s|min)</td>");
            SweepStatus counted = await server.GetAsync<SweepStatus>($"/api/v1/sweeps/{id}");
            Assert.Equal(counted.Settled, counted.Variants!.Sum(v => v.CrossValidation + v.Ablation));

            SweepStatus paused = await CommandAsync(server, $"{id}/pause");
            SweepStatus resumed = await CommandAsync(server, $"{id}/resume");
            SweepStatus cancelled = await CommandAsync(server, $"{id}/cancel?reason=enough%20seen");
            Assert.True(paused.Paused);
            Assert.False(resumed.Paused);
            Assert.Equal((SweepStage.Cancelled, "enough seen"), (cancelled.Stage, cancelled.Message));
            Assert.Null(cancelled.Variants);
        }
        finally
        {
            _go.Set();
        }
    }

    public void Dispose()
    {
        _go.Dispose();
        _folder.Dispose();
    }

    private void Hold(int step)
    {
        if (step == 11)
        {
            _go.Wait();
        }
    }

    private static Task<string> ShownAsync(DashboardServer server, string page, string pattern) => TestCluster.WaitAsync(
        async () => await server.Http.GetStringAsync(page) is var html && Regex.IsMatch(html, pattern) ? html : null);

    private static async Task<SweepStatus> CommandAsync(DashboardServer server, string command)
    {
        using HttpResponseMessage response = await server.Http.PostAsync($"/api/v1/sweeps/{command}", null);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.ReadAsync<SweepStatus>();
    }

    private static async Task<(ProgressBatch Batch, SweepStatus Status, string EventId)> ReadEventsAsync(DashboardServer server, string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using Stream stream = await server.Http.GetStreamAsync($"/api/v1/sweeps/{id}/events", limit.Token);
        (ProgressBatch? batch, SweepStatus? status) = (null, null);
        SseParser<string> parser = SseParser.Create(stream);
        await foreach (SseItem<string> item in parser.EnumerateAsync(limit.Token))
        {
            byte[] data = System.Text.Encoding.UTF8.GetBytes(item.Data);
            batch = item.EventType == "progress" ? CanonicalJson.Read<ProgressBatch>(data, "event") : batch;
            status = item.EventType == "status" ? CanonicalJson.Read<SweepStatus>(data, "event") : status;
            if (batch is not null && status is not null)
            {
                return (batch, status, parser.LastEventId);
            }
        }

        throw new InvalidOperationException("the stream ended before both events came");
    }
}

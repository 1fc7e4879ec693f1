using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting;
using AdvSeg.UseCases.Reports;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>The report of one sweep that is looked at from its first completed run to its end.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class ReportWhileRunningTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ManualResetEventSlim _go = new();
    private readonly RehearsalTrainer _trainer = new();

    [Fact]
    public async Task Report_LookedAtWhileItsSweepRuns_IsTheFinalOneOnceItHasEnded()
    {
        int begun = 0;
        _trainer.OnStep = (_, step) =>
        {
            if (step == 0 && Interlocked.Increment(ref begun) > 3)
            {
                _go.Wait();
            }
        };
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, _trainer);
        try
        {
            using HttpResponseMessage response = await server.SubmitAsync(FinishedSweep.Yaml);
            SweepId sweep = new((await response.ReadAsync<SweepStatus>()).Sweep);
            await server.WaitAsync(sweep.Value, s => s is { Completed: 3, Running: 2 });

            string early = await PageAsync(server, sweep);
            ReportEntry[] files = await server.GetAsync<ReportEntry[]>($"/api/v1/sweeps/{sweep}/report");
            _go.Set();
            Assert.Contains("class=\"num k\"", early);
            Assert.All(files, f => Assert.True(f.Bytes > 0, f.Name));

            // Pages and files of before stay in memory until the end.
            await server.WaitAsync(sweep.Value, s => s.Ended is not null);
            string ended = await PageAsync(server, sweep);
            string markdown = await server.Http.GetStringAsync($"/api/v1/sweeps/{sweep}/report/table1.md");
            await server.WaitAsync(sweep.Value, s => s.Reported);
            SweepReport final = await SweepReport.LoadAsync(server.Store, sweep, TestContext.Current.CancellationToken);

            Assert.All([ended, await PageAsync(server, sweep)], page =>
            {
                Assert.Contains("Against cross-entropy", page);
                Assert.DoesNotContain("class=\"num k\"", page);
            });
            Assert.DoesNotContain("Incomplete", markdown);
            foreach (ReportFile file in final.Files())
            {
                byte[] served = await server.Http.GetByteArrayAsync($"/api/v1/sweeps/{sweep}/report/{file.Name}");
                Assert.True(file.Data.AsSpan().SequenceEqual(served), file.Name);
            }
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

    private static Task<string> PageAsync(DashboardServer server, SweepId sweep) => server.Http.GetStringAsync($"/sweeps/{sweep}");
}

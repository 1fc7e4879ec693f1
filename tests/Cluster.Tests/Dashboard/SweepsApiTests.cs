using System.Net;
using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting;
using AdvSeg.UseCases.Reports;

namespace AdvSeg.Cluster.Tests.Dashboard;

[Collection(FinishedSweep.Collection)]
public sealed class SweepsApiTests(FinishedSweep finished)
{
    private readonly DashboardServer _server = finished.Server;

    private string Root => $"/api/v1/sweeps/{finished.Id}";

    [Fact]
    public async Task Submit_TheSameFileAgain_IsTheSameSweepAndRendersNoPhantomAgain()
    {
        List<ArtifactInfo> before = await ListAsync("cohorts/");
        using HttpResponseMessage again = await _server.SubmitAsync(FinishedSweep.Yaml, contentType: "application/x-www-form-urlencoded");
        using HttpResponseMessage renamed =
            await _server.SubmitAsync(FinishedSweep.Yaml.Replace("shown", "renamed", StringComparison.Ordinal), "?start=false");

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(finished.Id, (await again.ReadAsync<SweepStatus>()).Sweep);
        Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
        Assert.Equal(before, await ListAsync("cohorts/"));
        Assert.Equal(2, before.Count(a => a.Key.StartsWith("cohorts/phantoms/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Submit_NewSweep_IsCreatedAtItsAddress()
    {
        using HttpResponseMessage response = await _server.SubmitAsync(FinishedSweep.Yaml.Replace("shown", "created", StringComparison.Ordinal));

        SweepStatus status = await response.ReadAsync<SweepStatus>();
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/api/v1/sweeps/{status.Sweep}", response.Headers.Location?.ToString());
        Assert.Contains(await _server.GetAsync<SweepStatus[]>("/api/v1/sweeps"), s => s.Sweep == finished.Id);
        SweepStatus over = await _server.WaitAsync(status.Sweep, s => s.Ended is not null);
        Assert.Equal(over.Planned, over.Reused);
    }

    [Fact]
    public async Task Submit_MisspeltSetting_IsRefusedWithPlaceAndRemedy()
    {
        using HttpResponseMessage response = await _server.SubmitAsync("apiVersion: advseg/v1\nname: x\npreset: smoke\nfoldz: 3\n");

        string detail = await response.DetailAsync(HttpStatusCode.BadRequest);
        Assert.Contains("request:4", detail);
        Assert.Contains("foldz", detail);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    public async Task Submit_OfAFileWithAByteOrderMark_IsReadAsWithoutIt(string encoding)
    {
        Encoding bytes = Encoding.GetEncoding(encoding);
        using var body = new ByteArrayContent([.. bytes.GetPreamble(), .. bytes.GetBytes(FinishedSweep.Yaml.ReplaceLineEndings("\r\n"))]);
        using HttpResponseMessage response = await _server.Http.PostAsync("/api/v1/sweeps", body);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(finished.Id, (await response.ReadAsync<SweepStatus>()).Sweep);
    }

    [Fact]
    public async Task Submit_FolderCohort_IsRefusedUntilItIsNamedByDigest()
    {
        string yaml = "apiVersion: advseg/v1\nname: foldered\npreset: smoke\ncohort:\n  folder: /data/cohort\n";

        using HttpResponseMessage refused = await _server.SubmitAsync(yaml);
        string digest = (await _server.GetAsync<Plan>($"{Root}/plan")).CohortDigest;
        using HttpResponseMessage accepted = await _server.SubmitAsync(yaml, $"?cohort={digest}&start=false");

        Assert.Contains("upload it first", await refused.DetailAsync(HttpStatusCode.BadRequest));
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        Assert.Contains(digest, await accepted.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Submit_StoredCohortThatIsNotThere_IsRefusedByDigest()
    {
        string unknown = new('a', 64);
        using HttpResponseMessage response =
            await _server.SubmitAsync($"apiVersion: advseg/v1\nname: x\npreset: smoke\ncohort:\n  folder: /x\n", $"?cohort={unknown}");

        Assert.Contains(unknown, await response.DetailAsync(HttpStatusCode.BadRequest));
    }

    [Theory]
    [InlineData("/api/v1/sweeps/none-12345678", HttpStatusCode.NotFound, "none-12345678")]
    [InlineData("/api/v1/sweeps/none-12345678/runs", HttpStatusCode.NotFound, "none-12345678")]
    [InlineData("/api/v1/sweeps/none-12345678/plan", HttpStatusCode.NotFound, "none-12345678")]
    [InlineData("/api/v1/sweeps/none-12345678/events", HttpStatusCode.NotFound, "none-12345678")]
    [InlineData("/api/v1/sweeps/Not_An_Id", HttpStatusCode.BadRequest, "Not_An_Id")]
    [InlineData("/api/v1/runs/12", HttpStatusCode.BadRequest, "'12'")]
    [InlineData("/api/v1/runs/0000000000000000000000000000000000000000000000000000000000000000", HttpStatusCode.NotFound, "0000")]
    [InlineData("/api/v1/nothing", HttpStatusCode.NotFound, "/api/v1/nothing")]
    [InlineData("/api/v1/sweeps?offset=-1", HttpStatusCode.BadRequest, "-1")]
    [InlineData("/api/v1/sweeps?count=1001", HttpStatusCode.BadRequest, "1001")]
    [InlineData("/api/v1/sweeps?offset=many", HttpStatusCode.BadRequest, "many")]
    public async Task Get_WhatIsNotThereOrNotSensible_NamesIt(string path, HttpStatusCode status, string named)
    {
        using HttpResponseMessage response = await _server.Http.GetAsync(path);

        Assert.Contains(named, await response.DetailAsync(status));
    }

    [Fact]
    public async Task Runs_Paged_GiveEveryRunOnceInPlanOrder()
    {
        Plan plan = await _server.GetAsync<Plan>($"{Root}/plan");
        List<RunRow> rows = [];
        for (int offset = 0; offset < plan.Runs.Count; offset += 5)
        {
            RunPage page = await _server.GetAsync<RunPage>($"{Root}/runs?offset={offset}&count=5");
            Assert.Equal((plan.Runs.Count, offset), (page.Total, page.Offset));
            rows.AddRange(page.Rows);
        }

        Assert.Equal(plan.Runs.Select(r => r.Run), rows.Select(r => r.Run));
        RunPage notChosen = await _server.GetAsync<RunPage>($"{Root}/runs?state=not-chosen&count=1000");
        Assert.Equal(rows.Count(r => r.State == RunState.NotChosen), notChosen.Total);
        Assert.All(notChosen.Rows, r => Assert.Equal(RunState.NotChosen, r.State));
        using HttpResponseMessage unknown = await _server.Http.GetAsync($"{Root}/runs?state=lost");
        Assert.Contains("not-chosen", await unknown.DetailAsync(HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task Cells_OfAFinishedSweep_AreTheFoldsThenTheChosenFoldsPoints()
    {
        CellView[] cells = await _server.GetAsync<CellView[]>($"{Root}/cells");

        int chosen = Assert.Single(finished.Status.Choice!.Folds);
        Assert.Equal([0, 1, 2, 3], cells.Where(c => c.Level is null).Select(c => c.Fold));
        Assert.Equal([(chosen, 0), (chosen, 1)], cells.Where(c => c.Level is not null).Select(c => (c.Fold, c.Level!.Value)));
        Assert.All(cells.SelectMany(c => c.Variants), v => Assert.Equal(v.Planned, v.Completed));
    }

    [Fact]
    public async Task Run_Completed_GivesResultSpecMetricsAndLog()
    {
        RunPage page = await _server.GetAsync<RunPage>($"{Root}/runs?state=completed&count=1");
        string run = page.Rows[0].Run;

        RunResult result = await _server.GetAsync<RunResult>($"/api/v1/runs/{run}");
        RunSpec spec = await _server.GetAsync<RunSpec>($"/api/v1/runs/{run}/spec");
        MetricPoint[] metrics = await _server.GetAsync<MetricPoint[]>($"/api/v1/runs/{run}/metrics");

        Assert.Equal(run, spec.Id().Value);
        Assert.Equal(RunResult.DigestOf(result.Scores, result.WeightsDigest), result.ResultDigest);
        Assert.Equal(result.Scores.Selection.Select(p => (p.Step, p.Dice)), metrics.Select(m => (m.Step, m.SelectionDice)));
        Assert.Equal(page.Rows[0].Dice!.Value, result.Scores.HeldOut.Average(p => p.Tumour.Dice)!.Value, 12);
        Assert.Contains("rehearsed 20 steps", await _server.Http.GetStringAsync($"/api/v1/runs/{run}/log"));
    }

    [Fact]
    public async Task Report_MadeFromCells_HasTheBytesOfTheOneFromResults()
    {
        IReadOnlyList<ReportFile> fromResults =
            (await SweepReport.LoadAsync(_server.Store, new SweepId(finished.Id), TestContext.Current.CancellationToken)).Files();

        Assert.Contains("table1.csv", fromResults.Select(f => f.Name));
        foreach (ReportFile file in fromResults)
        {
            byte[] stored = await _server.Http.GetByteArrayAsync($"{Root}/report/{file.Name}");
            Assert.True(file.Data.AsSpan().SequenceEqual(stored), file.Name);
        }
    }

    [Fact]
    public async Task Report_OfAFinishedSweep_IsStoredOnceAndServedFromTheStore()
    {
        ReportEntry[] files = await _server.GetAsync<ReportEntry[]>($"{Root}/report");

        Assert.Contains(files, f => f.Name == "fig2.png");
        foreach (ReportEntry file in files)
        {
            using HttpResponseMessage response = await _server.Http.GetAsync($"{Root}/report/{file.Name}");
            byte[] served = await response.Content.ReadAsByteArrayAsync();
            Artifact stored = (await _server.Store.GetAsync(ArtifactKeys.ReportPrefix(new SweepId(finished.Id)) + file.Name))!;
            Assert.Equal(stored.Data, served);
            Assert.Equal((file.Bytes, file.ContentType), (served.Length, response.Content.Headers.ContentType!.MediaType));
        }

        using HttpResponseMessage unknown = await _server.Http.GetAsync($"{Root}/report/fig9.svg");
        Assert.Contains("fig3.svg", await unknown.DetailAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task OpenApi_Document_ListsTheApiAndNoPages()
    {
        string document = await _server.Http.GetStringAsync("/openapi/v1.json");

        Assert.Contains("\"/api/v1/sweeps/{id}/cells\"", document);
        Assert.Contains("\"not-chosen\"", document);
        Assert.DoesNotContain("/parts/", document);
    }

    private async Task<List<ArtifactInfo>> ListAsync(string prefix)
    {
        List<ArtifactInfo> found = [];
        await foreach (ArtifactInfo info in _server.Store.ListAsync(prefix))
        {
            found.Add(info);
        }

        return found;
    }
}

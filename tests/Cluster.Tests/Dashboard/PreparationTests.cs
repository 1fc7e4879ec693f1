using System.Diagnostics;
using System.Net;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Sweeps whose phantoms take longer to render than anybody waits.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class PreparationTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private DashboardServer _server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await DashboardServer.StartAsync(_folder.Path, new HashTrainer());

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Submit_OfALargePhantom_AnswersItsIdAtOnceAndBlocksNoSmallOneUntilItIsCancelled()
    {
        string yaml = Yaml("large", patients: 4000, size: 128);
        string id = SweepYaml.Read(yaml, "test").Id().Value;

        for (int round = 0; round < 2; round++)
        {
            using HttpResponseMessage accepted = await _server.SubmitAsync(yaml, "?wait=0");
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
            Assert.Equal(id, (await accepted.ReadAsync<SweepPreparation>()).Sweep);
        }

        using HttpResponseMessage small = await _server.SubmitAsync(Yaml("small", patients: 8, size: 64));
        Assert.Equal(HttpStatusCode.Created, small.StatusCode);
        await TestCluster.WaitAsync(async () => (await AskAsync(id)).Now is { Patients: 8000 } now ? now : null);

        using HttpResponseMessage cancelled = await _server.Http.PostAsync($"/api/v1/sweeps/{id}/cancel", null, Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        await TestCluster.WaitAsync(async () => (await AskAsync(id)).Status == HttpStatusCode.NotFound ? "gone" : null);
        Assert.Empty(await _server.Store.ListAsync(ArtifactKeys.Pending, Cancellation).ToListAsync(Cancellation));
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? null : "clean"));
    }

    /// <summary>Before its phantom is rendered, and after.</summary>
    [Fact]
    public async Task Submit_FiftyTimesAtOnce_StartsOneSweepAndTellsOneThatItIsNew()
    {
        foreach (string name in new[] { "rendered", "remembered" })
        {
            string yaml = Yaml(name, patients: 8, size: 128);
            HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _server.SubmitAsync(yaml)));
            SweepStatus[] told = await Task.WhenAll(answers.Select(a => a.ReadAsync<SweepStatus>()));

            Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
            Assert.Equal(49, answers.Count(a => a.StatusCode == HttpStatusCode.OK));
            Assert.Equal([SweepYaml.Read(yaml, "test").Id().Value], told.Select(s => s.Sweep).Distinct());
        }

        Assert.Empty(await _server.Store.ListAsync(ArtifactKeys.Pending, Cancellation).ToListAsync(Cancellation));
        Assert.Equal(2, await _server.Store.ListAsync(ArtifactKeys.Sweeps, Cancellation).CountAsync(
            i => ArtifactKeys.SweepOfPlan(i.Key) is not null, Cancellation));
    }

    [Fact]
    public async Task Submit_WhileTheServerStops_IsAnsweredAtOnceAndKept()
    {
        string yaml = Yaml("kept", patients: 4000, size: 128);
        Task<HttpResponseMessage> waiting = _server.SubmitAsync(yaml);
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? "begun" : null));
        long start = Stopwatch.GetTimestamp();

        Task stopping = _server.StopAsync();

        using HttpResponseMessage answer = await waiting;
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        await stopping;
        Assert.Equal([$"{ArtifactKeys.Pending}{SweepYaml.Read(yaml, "test").Id()}.json"], Directory.GetFiles(_folder.Under("pending"))
            .Select(f => $"{ArtifactKeys.Pending}{Path.GetFileName(f)}"));
    }

    [Fact]
    public async Task Server_StartedAgain_GoesOnWithASweepThatWasBeingPrepared()
    {
        string yaml = Yaml("restarted", patients: 8, size: 256);
        using HttpResponseMessage accepted = await _server.SubmitAsync(yaml, "?wait=0");
        string id = (await accepted.ReadAsync<SweepPreparation>()).Sweep;
        await _server.DisposeAsync();

        _server = await DashboardServer.StartAsync(_folder.Path, new HashTrainer());

        await TestCluster.WaitAsync(async () => (await AskAsync(id)).Status == HttpStatusCode.OK ? "started" : null);
        await TestCluster.WaitAsync(async () =>
            await _server.Store.ListAsync(ArtifactKeys.Pending, Cancellation).AnyAsync(Cancellation) ? null : "no longer pending");
        using HttpResponseMessage again = await _server.SubmitAsync(yaml);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(id, (await again.ReadAsync<SweepStatus>()).Sweep);
    }

    [Fact]
    public async Task Server_StartedAgainBesideADamagedSubmission_TellsOfItAndGoesOnWithTheOthers()
    {
        using HttpResponseMessage accepted = await _server.SubmitAsync(Yaml("whole", patients: 8, size: 128), "?wait=0");
        string id = (await accepted.ReadAsync<SweepPreparation>()).Sweep;
        await _server.Store.PutAsync($"{ArtifactKeys.Pending}a-damaged-1.json", new byte[] { 123 }, Cancellation);
        await _server.Store.PutAsync($"{ArtifactKeys.Pending}-No_Id.json", new byte[] { 123 }, Cancellation);
        await _server.DisposeAsync();

        _server = await DashboardServer.StartAsync(_folder.Path, new HashTrainer());

        await TestCluster.WaitAsync(async () => (await AskAsync(id)).Status == HttpStatusCode.OK ? "started" : null);
        await TestCluster.WaitAsync(async () => (await AskAsync("a-damaged-1")).Status == HttpStatusCode.NotFound ? null : "read");
        using HttpResponseMessage damaged = await _server.Http.GetAsync("/api/v1/sweeps/a-damaged-1", Cancellation);
        Assert.Contains("pending/a-damaged-1.json", await damaged.DetailAsync(HttpStatusCode.InternalServerError));
    }

    /// <summary>Whoever only asks what would be started takes the rendering along when they go.</summary>
    [Fact]
    public async Task Rendering_ThatNobodyWaitsForAnyMore_Stops()
    {
        using var leaving = new CancellationTokenSource();
        using var body = new StringContent(Yaml("left", patients: 4000, size: 128));
        Task<HttpResponseMessage> asked = _server.Http.PostAsync("/api/v1/sweeps?start=false", body, leaving.Token);
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? "begun" : null));

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? null : "clean"));
    }

    [Fact]
    public async Task Submit_OfAPhantomThatWouldTakeWeeks_IsRefusedAtOnce()
    {
        using HttpResponseMessage response = await _server.SubmitAsync(Yaml("weeks", patients: 100_000, size: 1024), "?start=false");

        Assert.Contains("would take hours to render", await response.DetailAsync(HttpStatusCode.BadRequest));
    }

    private IEnumerable<string> Scratch() => Directory.EnumerateDirectories(_folder.Under(".tmp"), "advseg-cohort-*");

    private async Task<(HttpStatusCode Status, SweepPreparation? Now)> AskAsync(string id)
    {
        using HttpResponseMessage response = await _server.Http.GetAsync($"/api/v1/sweeps/{id}", Cancellation);
        return (response.StatusCode, response.StatusCode == HttpStatusCode.Accepted ? await response.ReadAsync<SweepPreparation>() : null);
    }

    private static string Yaml(string name, int patients, int size) => $$"""
        apiVersion: advseg/v1
        name: {{name}}
        preset: smoke
        cohort: {phantom: {aggressive: {{patients}}, lesionFree: {{patients}}, size: {{size}}, seed: 77} }
        evaluationCohort: none
        """;
}

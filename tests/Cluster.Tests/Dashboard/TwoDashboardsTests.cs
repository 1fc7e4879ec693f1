using System.Net;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Two dashboards over one cluster and one store: whichever is asked, the answer is the same.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class TwoDashboardsTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new();
    private DashboardServer _first = null!;
    private DashboardServer _second = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _first = await DashboardServer.StartAsync(_folder.Path, new HashTrainer());
        _second = await _first.StartBesideAsync(_clock);
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task SweepThatOnePrepares_AskedForAndCancelledThroughTheOther_IsKnownThereAndStopsHere()
    {
        (string yaml, string id) = Spec("large", patients: 4000, size: 128);
        using HttpResponseMessage accepted = await _second.SubmitAsync(yaml, "?wait=0");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? "begun" : null));

        Assert.Equal(id, (await AskAsync(_first, id)).Now?.Sweep);
        await TestCluster.WaitAsync(async () => await AdvancedAsync() && (await AskAsync(_first, id)).Now is { Patients: 8000 } now ? now : null);
        using HttpResponseMessage again = await _first.SubmitAsync(yaml, "?wait=0");
        Assert.Equal(HttpStatusCode.Accepted, again.StatusCode);

        using HttpResponseMessage cancelled = await _first.Http.PostAsync($"/api/v1/sweeps/{id}/cancel", null, Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, cancelled.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(_first, id)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await AskAsync(_second, id)).Status);
        await TestCluster.WaitAsync(async () => await AdvancedAsync() && !Scratch().Any() ? "stopped" : null);
        Assert.Empty(await PendingAsync());
    }

    [Fact]
    public async Task Submission_WhoseServerIsGone_IsPreparedByAnotherOnceItsRecordStaysAsItIs()
    {
        (string yaml, string id) = Spec("left", patients: 8, size: 128);
        ArtifactKey<PendingSweep> key = ArtifactKeys.PendingSweep(new SweepId(id));
        await _first.Store.CreateAsync(key, new PendingSweep(SweepYaml.Read(yaml, "test"), yaml) { Holder = "gone", Renewals = 3 }, Cancellation);

        for (int second = 0; second < 50; second += 10)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal(HttpStatusCode.Accepted, (await AskAsync(_second, id)).Status);
            Assert.Equal("gone", (await _first.Store.FindAsync(key, Cancellation))?.Holder);
        }

        await TestCluster.WaitAsync(async () =>
            await AdvancedAsync() && (await AskAsync(_first, id)).Status == HttpStatusCode.OK ? "started" : null);
        await TestCluster.WaitAsync(async () => (await PendingAsync()).Count == 0 ? "no longer pending" : null);
    }

    [Fact]
    public async Task Submission_WhoseServerStops_IsLeftToTheNextAtOnce()
    {
        (string yaml, string id) = Spec("stopped", patients: 4000, size: 128);
        using HttpResponseMessage accepted = await _second.SubmitAsync(yaml, "?wait=0");
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);

        await _second.StopAsync();

        PendingSweep left = (await _first.Store.FindAsync(ArtifactKeys.PendingSweep(new SweepId(id)), Cancellation))!;
        Assert.Equal((PendingStage.Preparing, null), (left.Stage, left.Holder));
    }

    [Fact]
    public async Task Submission_ThatAnotherServerTookMeanwhile_IsStillAnsweredAsPrepared()
    {
        (string yaml, string id) = Spec("taken", patients: 4000, size: 128);
        ArtifactKey<PendingSweep> key = ArtifactKeys.PendingSweep(new SweepId(id));
        Task<HttpResponseMessage> submitting = _second.SubmitAsync(yaml);
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? "begun" : null));
        PendingSweep held = (await _first.Store.FindAsync(key, Cancellation))!;
        var taken = held with { Holder = "other", Renewals = held.Renewals + 1 };
        await _first.Store.PutAsync(key, CanonicalJson.Write(taken), Cancellation);

        _clock.Advance(TimeSpan.FromSeconds(16));
        await TestCluster.WaitAsync(() => Task.FromResult(Scratch().Any() ? null : "stopped"));
        await TestCluster.WaitAsync(async () => await AdvancedAsync(TimeSpan.FromSeconds(1)) && submitting.IsCompleted ? "answered" : null);

        using HttpResponseMessage answer = await submitting;
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal("other", (await _first.Store.FindAsync(key, Cancellation))?.Holder);
    }

    /// <summary>Before its phantom is rendered, and after.</summary>
    [Fact]
    public async Task Submit_FiftyTimesAtOnceToBoth_StartsOneSweepAndTellsOneThatItIsNew()
    {
        foreach (string name in new[] { "rendered", "remembered" })
        {
            (string yaml, string id) = Spec(name, patients: 8, size: 128);
            Task<HttpResponseMessage[]> submitting = Task.WhenAll(
                Enumerable.Range(0, 50).Select(i => (i % 2 == 0 ? _first : _second).SubmitAsync(yaml)));
            await TestCluster.WaitAsync(
                async () => await AdvancedAsync(TimeSpan.FromMilliseconds(20)) && submitting.IsCompleted ? "answered" : null);
            HttpResponseMessage[] answers = await submitting;

            Assert.Equal(
                (1, 49), (answers.Count(a => a.StatusCode == HttpStatusCode.Created), answers.Count(a => a.StatusCode == HttpStatusCode.OK)));
            Assert.Equal([id], (await Task.WhenAll(answers.Select(a => a.ReadAsync<SweepStatus>()))).Select(s => s.Sweep).Distinct());
        }

        Assert.Empty(await PendingAsync());
    }

    [Fact]
    public async Task Submission_ThatIsRefusedOnceItsCohortIsThere_IsRefusedForWhoAsksTheOther()
    {
        // The phantom is rendered before the second cohort is looked for.
        (string yaml, string id) = Spec("refused", patients: 8, size: 64, evaluation: $"{{stored: {new string('e', 64)}}}");
        using HttpResponseMessage refused = await _second.SubmitAsync(yaml);
        string why = await refused.DetailAsync(HttpStatusCode.BadRequest);

        using HttpResponseMessage asked = await _first.Http.GetAsync($"/api/v1/sweeps/{id}", Cancellation);

        Assert.Equal($"Sweep '{id}' was not started: {why}", await asked.DetailAsync(HttpStatusCode.BadRequest));
        using HttpResponseMessage again = await _first.SubmitAsync(yaml);
        Assert.Equal(why, await again.DetailAsync(HttpStatusCode.BadRequest));
        await TestCluster.WaitAsync(
            async () => await AdvancedAsync(TimeSpan.FromMinutes(5)) && (await PendingAsync()).Count == 0 ? "forgotten" : null);
    }

    [Fact]
    public async Task Cancel_OfASweepThatIsBeingStarted_AsksToComeAgain()
    {
        (string yaml, string id) = Spec("starting", patients: 8, size: 128);
        var record = new PendingSweep(SweepYaml.Read(yaml, "test"), yaml) { Holder = "other", Stage = PendingStage.Starting };
        await _first.Store.CreateAsync(ArtifactKeys.PendingSweep(new SweepId(id)), record, Cancellation);

        using HttpResponseMessage early = await _first.Http.PostAsync($"/api/v1/sweeps/{id}/cancel", null, Cancellation);

        Assert.Contains("is being started at this moment", await early.DetailAsync(HttpStatusCode.ServiceUnavailable));
    }

    /// <summary>Their phantom is rendered, so that each is started as soon as it is accepted.</summary>
    [Fact]
    public async Task Cancel_ThatRacesWithTheStartThroughTheOther_ComesBeforeItOrTooLate()
    {
        using HttpResponseMessage rendered = await _first.SubmitAsync(Spec("race", patients: 8, size: 64).Yaml);
        Assert.Equal(HttpStatusCode.Created, rendered.StatusCode);
        for (int round = 0; round < 12; round++)
        {
            (string yaml, string id) = Spec($"race{round}", patients: 8, size: 64);
            Task<HttpResponseMessage> submitting = _first.SubmitAsync(yaml);
            HttpStatusCode cancelled;
            do
            {
                using HttpResponseMessage answer = await _second.Http.PostAsync($"/api/v1/sweeps/{id}/cancel", null, Cancellation);
                cancelled = answer.StatusCode;
            }
            while (cancelled == HttpStatusCode.NotFound && !submitting.IsCompleted);

            using HttpResponseMessage submitted = await submitting;

            // Taken back before its start, or refused because of it, or over as a sweep that had started.
            bool isTakenBack = cancelled == HttpStatusCode.Accepted;
            Assert.Equal(isTakenBack ? HttpStatusCode.NotFound : HttpStatusCode.Created, submitted.StatusCode);
            Assert.Equal(isTakenBack ? HttpStatusCode.NotFound : HttpStatusCode.OK, (await AskAsync(_first, id)).Status);
            Assert.Equal(isTakenBack, !await _first.Store.ExistsAsync(ArtifactKeys.Plan(new SweepId(id)), Cancellation));
            Assert.Empty(await PendingAsync());
        }
    }

    private IEnumerable<string> Scratch() => Directory.EnumerateDirectories(_folder.Under(".tmp"), "advseg-cohort-*");

    /// <summary>The second server's clock goes on.</summary>
    private Task<bool> AdvancedAsync(TimeSpan? by = null)
    {
        _clock.Advance(by ?? TimeSpan.FromSeconds(10));
        return Task.FromResult(true);
    }

    private async Task<List<ArtifactInfo>> PendingAsync() =>
        await _first.Store.ListAsync(ArtifactKeys.Pending, Cancellation).ToListAsync(Cancellation);

    private static async Task<(HttpStatusCode Status, SweepPreparation? Now)> AskAsync(DashboardServer server, string id)
    {
        using HttpResponseMessage response = await server.Http.GetAsync($"/api/v1/sweeps/{id}", Cancellation);
        return (response.StatusCode, response.StatusCode == HttpStatusCode.Accepted ? await response.ReadAsync<SweepPreparation>() : null);
    }

    private static (string Yaml, string Id) Spec(string name, int patients, int size, string evaluation = "none")
    {
        string yaml = $$"""
            apiVersion: advseg/v1
            name: {{name}}
            preset: smoke
            cohort: {phantom: {aggressive: {{patients}}, lesionFree: {{patients}}, size: {{size}}, seed: 77} }
            evaluationCohort: {{evaluation}}
            """;
        return (yaml, SweepYaml.Read(yaml, "test").Id().Value);
    }
}

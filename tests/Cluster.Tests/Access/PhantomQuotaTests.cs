using System.Net;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Phantoms take time to render and room in the store: both are asked about before.</summary>
public sealed class PhantomQuotaTests : IDisposable
{
    private const double Gibibyte = 1L << 30;
    private static readonly User Ann = new("ann", Role.Operator, []);
    private static readonly User Bob = new("bob", Role.Operator, []);
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Whether a sweep is started or not.</summary>
    [Fact]
    public async Task Phantom_BeyondAQuota_IsNotRendered()
    {
        SweepSpec spec = Spec("one", 8);
        long bytes = PhantomsOf(spec).Sum(Phantom.MostBytes);
        long more = Phantom.MostBytes((PhantomCohort)spec.Cohort) / 2;
        double limit = (bytes + more) / Gibibyte;
        await using DashboardServer server = await DashboardServer.StartAsync(
            _folder.Path, new HashTrainer(), access: AccessServer.Settings, quota: new() { CohortGibibytes = limit });
        await using DashboardServer full = await server.StartBesideAsync(
            TimeProvider.System, access: AccessServer.Settings, quota: new() { Runs = 1 });
        string ann = (await new Credentials(server.Store, TimeProvider.System).MakeTokenAsync(Ann, "", 1, "the test", Cancellation)).Token;

        using HttpResponseMessage runs = await SendAsync(full, ann, "one", 8, "?start=false");
        Assert.Contains("ADVSEG_Quota__Runs)", await runs.DetailAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Empty(await RenderedAsync(server.Store));

        using HttpResponseMessage first = await SendAsync(server, ann, "one", 8, "?start=false");
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        string[] rendered = await RenderedAsync(server.Store);
        foreach (string query in new[] { "?start=false", "", "?wait=0" })
        {
            using HttpResponseMessage refused = await SendAsync(server, ann, "two", 9, query);
            Assert.Contains("ADVSEG_Quota__CohortGibibytes)", await refused.DetailAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        }

        using HttpResponseMessage again = await SendAsync(server, ann, "three", 8, "?start=false");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(rendered, await RenderedAsync(server.Store));
        using HttpResponseMessage asked = await AccessServer.SendAsync(server, HttpMethod.Get, "/api/v1/whoami", ann);
        Assert.Equal([new QuotaUse("GiB of cohorts", "ann", bytes / Gibibyte, limit)], (await asked.ReadAsync<WhoAmI>()).Quotas!);

        CohortManifest[] stored = await Task.WhenAll(rendered.Select(key => StoredAsync(server.Store, key)));
        Assert.InRange(stored.Sum(CohortFile.BytesOf), bytes / 3, bytes + (200 * stored.Sum(s => s.Patients.Count)));
    }

    /// <summary>As long as its sweep waits for it, or it is there; and once, however many wait.</summary>
    [Fact]
    public async Task Phantom_ThatIsWaitedFor_CountsOnceUntilNobodyWaits()
    {
        var store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        SweepSpec one = Spec("one", 8), same = Spec("same", 8);
        double gibibytes = PhantomsOf(one).Sum(Phantom.MostBytes) / Gibibyte;
        double more = Phantom.MostBytes((PhantomCohort)one.Cohort) / Gibibyte / 2;
        int count = PhantomsOf(one).Count();
        using var book = new QuotaBook(store, null!, new QuotaSettings { CohortGibibytes = gibibytes + more }, _clock);
        await PendAsync(store, one);
        Admission first = await book.AdmitAsync(Ann, one, starts: true, Cancellation);
        Admission again = await book.AdmitAsync(Ann, one, starts: true, Cancellation);
        Admission second = await book.AdmitAsync(Ann, same, starts: true, Cancellation);
        _clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal((count, 0, count), (first.Cohorts.Count, again.Cohorts.Count, second.Cohorts.Count));
        Assert.Equal(gibibytes, await UsedAsync(book), 12);
        await Assert.ThrowsAsync<RefusedException>(() => book.AdmitAsync(Ann, Spec("other", 9), starts: true, Cancellation));

        // Ann's sweep does not wait any more; another's request that starts nothing is rendering it.
        await store.DeleteAsync(ArtifactKeys.PendingSweep(one.Id()), Cancellation);
        Admission bobs = await book.AdmitAsync(Bob, one, starts: false, Cancellation);
        Assert.Equal(0, await UsedAsync(book));
        await book.AdmitAsync(Ann, Spec("other", 9), starts: true, Cancellation);
        await book.ReleaseAsync(bobs, Cancellation);
        await book.AdmitAsync(Bob, Spec("third", 10), starts: false, Cancellation);
        _clock.Advance(TimeSpan.FromHours(7));
        Assert.Equal(0, await UsedAsync(book));
    }

    /// <summary>Whoever looks at many cohorts of a slow store keeps nobody from being admitted.</summary>
    [Fact]
    public async Task Admission_ThatWaitsForTheStore_KeepsNobodyElseWaiting()
    {
        var store = new SlowReads(new FolderArtifactStore(_folder.Path, TimeProvider.System)) { Prefix = "cohorts/phantoms/" };
        using var book = new QuotaBook(store, null!, new QuotaSettings { CohortGibibytes = 1 }, _clock);
        await book.AdmitAsync(Ann, Spec("one", 8), starts: false, Cancellation);
        store.Holds = true;
        Task held = book.AdmitAsync(Ann, new string('a', 64), Manifest("a"), Cancellation);
        await store.Read.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        await book.AdmitAsync(Bob, new string('b', 64), Manifest("b"), Cancellation).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        Assert.False(held.IsCompleted);
        store.GoOn.SetResult();
        await held;

        // What was admitted meanwhile is kept.
        QuotaLedger ledger = (await store.FindAsync(ArtifactKeys.QuotaLedger, Cancellation))!;
        Assert.Equal([("ann", true), ("bob", false), ("ann", false)], ledger.Cohorts.Select(c => (c.User, c.IsPhantom)).Distinct());
    }

    /// <summary>Each answer of a store may take a tenth of a second, and there may be thousands of cohorts.</summary>
    [Fact]
    public async Task Phantoms_ThatAreCounted_AreLookedAtSomeAtATime()
    {
        var store = new SlowReads(new FolderArtifactStore(_folder.Path, TimeProvider.System)) { Prefix = "cohorts/phantoms/" };
        SentCohort[] cohorts = [.. Enumerable.Range(0, 50).Select(
            i => new SentCohort($"p{i % 40}", "ann", 1 << 20, _clock.GetUtcNow()) { IsPhantom = true, Sweep = $"s{i}" })];
        await store.CreateAsync(ArtifactKeys.QuotaLedger, new QuotaLedger { Cohorts = cohorts }, Cancellation);
        using var book = new QuotaBook(store, null!, new QuotaSettings { CohortGibibytes = 1 }, _clock);
        store.Together = CohortUsage.AtOnce;

        double used = await UsedAsync(book).WaitAsync(TimeSpan.FromSeconds(30), Cancellation);

        Assert.Equal((40 / 1024.0, CohortUsage.AtOnce, 40), (used, store.MostAtOnce, store.ReadsOf));
    }

    /// <summary>Whether it is told to come back, or the store fails while it is admitted.</summary>
    [Fact]
    public async Task Submission_ThatCannotBeTakenNow_GivesItsRoomBack()
    {
        var quota = new QuotaSettings { Runs = 1000, CohortGibibytes = 1 };
        await using DashboardServer server = await DashboardServer.StartAsync(
            _folder.Path, new HashTrainer(), access: AccessServer.Settings, quota: quota);
        string ann = (await new Credentials(server.Store, TimeProvider.System).MakeTokenAsync(Ann, "", 1, "the test", Cancellation)).Token;
        SweepSpec spec = Spec("one", 8);
        string pending = ArtifactKeys.PendingSweep(spec.Id());
        await server.Store.PutAsync(
            pending, CanonicalJson.Write(new PendingSweep(spec, "") { Stage = PendingStage.Cancelled, Holder = "another" }), Cancellation);
        using HttpResponseMessage cancelled = await SendAsync(server, ann, "one", 8, "?wait=0");
        Assert.Contains("is being cancelled", await cancelled.DetailAsync(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
        await server.Store.DeleteAsync(pending, Cancellation);
        Assert.Equal((0, 0), await TakenAsync(server.Store));

        var store = new SlowReads(server.Store) { Prefix = "cohorts/phantoms/", Failing = 1 };
        await using DashboardServer failing = await server.StartBesideAsync(
            TimeProvider.System, access: AccessServer.Settings, quota: quota, store: store);
        using HttpResponseMessage failed = await SendAsync(failing, ann, "one", 8, "?wait=0");
        await failed.DetailAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(0, store.Failing);
        Assert.Equal((0, 0), await TakenAsync(server.Store));
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<PhantomCohort> PhantomsOf(SweepSpec spec) => new[] { spec.Cohort, spec.EvaluationCohort }.OfType<PhantomCohort>();

    private static async Task<double> UsedAsync(QuotaBook book) => (await book.UsesAsync(Ann, Cancellation)).Single().Used;

    private static async Task<(int Sweeps, int Cohorts)> TakenAsync(IArtifactStore store) =>
        (await store.FindAsync(ArtifactKeys.QuotaLedger, Cancellation))! is var ledger ? (ledger.Sweeps.Count, ledger.Cohorts.Count) : default;

    private static Task PendAsync(IArtifactStore store, SweepSpec spec) =>
        store.PutAsync(ArtifactKeys.PendingSweep(spec.Id()), "{}"u8.ToArray(), Cancellation);

    private static async Task<string[]> RenderedAsync(IArtifactStore store)
    {
        List<string> keys = [];
        await foreach (ArtifactInfo info in store.ListAsync("cohorts/phantoms/", Cancellation))
        {
            keys.Add(info.Key);
        }

        return [.. keys];
    }

    private static async Task<CohortManifest> StoredAsync(IArtifactStore store, string key) => (await store.FindAsync(
        ArtifactKeys.CohortManifest(System.Text.Encoding.ASCII.GetString((await store.GetAsync(key, Cancellation))!.Data)), Cancellation))!;

    private static Task<HttpResponseMessage> SendAsync(DashboardServer server, string token, string name, int patients, string query) =>
        AccessServer.SendAsync(server, HttpMethod.Post, $"/api/v1/sweeps{query}", token, Yaml(name, patients));

    private static SweepSpec Spec(string name, int patients) => SweepYaml.Read(Yaml(name, patients), "test");

    private static string Yaml(string name, int patients) => $$"""
        apiVersion: advseg/v1
        name: {{name}}
        owner: ann
        preset: smoke
        cohort: {phantom: {aggressive: {{patients}}, lesionFree: {{patients}}, size: 64, seed: 7} }
        """;

    private static CohortManifest Manifest(string id) => new()
    {
        Description = id,
        Channels = CohortLayout.Paper.Channels,
        Size = 64,
        PixelMillimetres = 1,
        Patients = [new CohortPatient(id, true, 3, 1, $"patients/{id}.advseg", new string('0', 64))],
    };
}

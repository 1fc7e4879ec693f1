using System.Net;
using System.Text;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Cluster.Tests.Faults;
using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Hosting.Settings;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Quotas;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>What users may take, asked by several of them at two dashboards at once.</summary>
public sealed class QuotaTests
{
    private const double Gibibyte = 1L << 30;

    /// <summary>Sweeps of one size; nothing of them is done while the test goes on.</summary>
    [Fact]
    public async Task TwentySubmissions_AtOnceToTwoDashboards_GetNoMoreRoomThanThereIs()
    {
        AdmittedSweep one = SweepUsage.Of(SweepYaml.Read(Yaml("s0", "ann"), "test"), DateTimeOffset.UnixEpoch);
        var quota = new QuotaSettings
        {
            Runs = (3 * one.Runs) + 1,
            RunsInAll = (4 * one.Runs) + 1,
            Hours = 1000,
            SecondsPerStep = 1,
            Priority = 10,
        };
        using var folder = new TempFolder();
        var trainer = new HashTrainer();
        await using var held = new HeldTrainer(trainer, atStep: 1);
        await using DashboardServer first = await DashboardServer.StartAsync(folder.Path, trainer, access: AccessServer.Settings, quota: quota);
        await using DashboardServer second = await first.StartBesideAsync(TimeProvider.System, access: AccessServer.Settings, quota: quota);
        string ann = await TokenAsync(first, "ann", Role.Operator), bob = await TokenAsync(first, "bob", Role.Operator);
        string root = await TokenAsync(first, "root", Role.Admin);

        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => SubmitAsync(i % 2 == 0 ? first : second, ann, Yaml($"s{i}", "ann"))));
        HttpResponseMessage[] refused = [.. answers.Where(a => !a.IsSuccessStatusCode)];
        Assert.Equal(17, refused.Length);
        Assert.All(await Task.WhenAll(refused.Select(a => a.DetailAsync(HttpStatusCode.Forbidden))), detail => Assert.StartsWith(
            $"'ann' has {3 * one.Runs} unfinished runs, and this would make it {4 * one.Runs}; the quota is {quota.Runs} (ADVSEG_Quota__Runs). ",
            detail, StringComparison.Ordinal));

        string known = (await answers.First(a => a.StatusCode == HttpStatusCode.Created).ReadAsync<SweepStatus>()).Sweep;
        HttpResponseMessage again = await SubmitAsync(second, ann, Yaml(known[..known.LastIndexOf('-')], "ann"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        Assert.True((await SubmitAsync(second, bob, Yaml("b0", "bob"))).IsSuccessStatusCode);
        string all = await (await SubmitAsync(first, bob, Yaml("b1", "bob"))).DetailAsync(HttpStatusCode.Forbidden);
        Assert.StartsWith($"All owners together have {4 * one.Runs} unfinished runs", all, StringComparison.Ordinal);
        Assert.Contains("ADVSEG_Quota__RunsInAll", all, StringComparison.Ordinal);
        string high = await (await SubmitAsync(first, bob, Yaml("b1", "bob", priority: 11))).DetailAsync(HttpStatusCode.Forbidden);
        Assert.Contains("priority 11, and an operator's has 10 at most (ADVSEG_Quota__Priority)", high, StringComparison.Ordinal);

        // An admin has no quota, but what they submit counts.
        string roots = (await (await SubmitAsync(second, root, Yaml("r0", "root", priority: 11))).ReadAsync<SweepStatus>()).Sweep;
        WhoAmI who = await (await AccessServer.SendAsync(second, HttpMethod.Get, "/api/v1/whoami", ann)).ReadAsync<WhoAmI>();
        Assert.Equal(
            [
                new QuotaUse("unfinished runs", "ann", 3 * one.Runs, quota.Runs),
                new QuotaUse("hours of unfinished runs", "ann", 3 * one.Steps / 3600.0, 1000),
                new QuotaUse("unfinished runs", QuotaUse.InAll, 5 * one.Runs, quota.RunsInAll),
            ],
            who.Quotas!);
        string page = await (await AccessServer.SendAsync(second, HttpMethod.Get, "/account", ann)).Content.ReadAsStringAsync();
        Assert.Contains("<td>unfinished runs</td>", page, StringComparison.Ordinal);

        Assert.True((await AccessServer.SendAsync(first, HttpMethod.Post, $"/api/v1/sweeps/{known}/cancel", root)).IsSuccessStatusCode);
        Assert.Equal(2 * one.Runs, (await UsesAsync(second, ann))[0].Used);

        Assert.True((await AccessServer.SendAsync(first, HttpMethod.Post, $"/api/v1/sweeps/{roots}/cancel", root)).IsSuccessStatusCode);

        // A retry that lets nothing go on takes none.
        HttpResponseMessage nothing = await AccessServer.SendAsync(first, HttpMethod.Post, $"/api/v1/sweeps/{known}/retry?failed=true", ann);
        Assert.Equal(0, (await nothing.ReadAsync<RetryAnswer>()).Runs);
        Assert.Equal(2 * one.Runs, (await UsesAsync(second, ann))[0].Used);

        // Room that another sweep has taken meanwhile is not there for a retry; once there is, it counts as before.
        string next = (await (await SubmitAsync(first, ann, Yaml("s99", "ann"))).ReadAsync<SweepStatus>()).Sweep;
        string retry = $"/api/v1/sweeps/{known}/retry?cancelled=true";
        string full = await (await AccessServer.SendAsync(first, HttpMethod.Post, retry, ann)).DetailAsync(HttpStatusCode.Forbidden);
        Assert.Contains("(ADVSEG_Quota__Runs)", full, StringComparison.Ordinal);
        Assert.True((await AccessServer.SendAsync(second, HttpMethod.Post, $"/api/v1/sweeps/{next}/cancel", ann)).IsSuccessStatusCode);
        Assert.True((await AccessServer.SendAsync(first, HttpMethod.Post, retry, ann)).IsSuccessStatusCode);
        IReadOnlyList<QuotaUse> last = await UsesAsync(second, ann);
        Assert.Equal((3.0 * one.Runs, 3 * one.Steps / 3600.0), (last[0].Used, last[1].Used));
    }

    /// <summary>
    /// A retry lets them go on without asking for room, as long as the sweep goes on: whether it was submitted under a quota or before.
    /// </summary>
    [Fact]
    public async Task Runs_CancelledInASweepThatGoesOn_KeepTheirRoom()
    {
        int runs = SweepUsage.Of(SweepYaml.Read(Yaml("s0", "ann"), "test"), DateTimeOffset.UnixEpoch).Runs;
        var quota = new QuotaSettings { Runs = 2 * runs };
        using var folder = new TempFolder();
        var trainer = new HashTrainer();
        await using var held = new HeldTrainer(trainer, atStep: 1);
        await using DashboardServer free = await DashboardServer.StartAsync(folder.Path, trainer, access: AccessServer.Settings);
        await using DashboardServer server = await free.StartBesideAsync(TimeProvider.System, access: AccessServer.Settings, quota: quota);
        string ann = await TokenAsync(server, "ann", Role.Operator);
        SweepStatus before = await (await SubmitAsync(free, ann, Yaml("before", "ann"))).ReadAsync<SweepStatus>();
        int planned = before.Planned;
        await held.ReachedAsync();
        SweepStatus counted = await (await SubmitAsync(server, ann, Yaml("counted", "ann"))).ReadAsync<SweepStatus>();

        // A dashboard looks for sweeps of others every two seconds.
        await TestCluster.WaitAsync(async () => (await UsesAsync(server, ann))[0].Used == planned + runs ? before : null);

        foreach (SweepStatus sweep in new[] { before, counted })
        {
            using HttpResponseMessage page = await AccessServer.SendAsync(
                server, HttpMethod.Get, $"/api/v1/sweeps/{sweep.Sweep}/runs?count=1000&state=queued", ann);

            // Without any run that is left the sweep would be over.
            string[] waiting = [.. (await page.ReadAsync<RunPage>()).Rows.Skip(1).Select(r => $"run={r.Run}")];
            Assert.NotEmpty(waiting);
            using HttpResponseMessage cancelled = await AccessServer.SendAsync(
                server, HttpMethod.Post, $"/api/v1/sweeps/{sweep.Sweep}/cancel?{string.Join('&', waiting)}", ann);
            Assert.Equal(waiting.Length, (await cancelled.ReadAsync<SweepStatus>()).Cancelled);
            Assert.Equal(planned + runs, (await UsesAsync(server, ann))[0].Used);
        }

        string full = await (await SubmitAsync(server, ann, Yaml("more", "ann"))).DetailAsync(HttpStatusCode.Forbidden);
        Assert.Contains($"'ann' has {planned + runs} unfinished runs", full, StringComparison.Ordinal);
    }

    /// <summary>Whichever way it is begun; a cohort that was begun may be gone on with by anybody.</summary>
    [Fact]
    public async Task Upload_BeyondTheQuota_IsRefusedHoweverItIsBegun()
    {
        CohortManifest small = Manifest("a"), other = Manifest("b");
        var quota = new QuotaSettings { CohortGibibytes = 1.5 * CohortFile.BytesOf(small) / Gibibyte, RequestsPerSecond = 0.001 };
        using var folder = new TempFolder();
        await using DashboardServer server = await DashboardServer.StartAsync(
            folder.Path, new HashTrainer(), access: AccessServer.Settings, quota: quota with { RequestsPerSecond = 0 });
        await using DashboardServer slow = await server.StartBesideAsync(TimeProvider.System, access: AccessServer.Settings, quota: quota);
        string ann = await TokenAsync(server, "ann", Role.Operator), bob = await TokenAsync(server, "bob", Role.Operator);

        HttpResponseMessage begun = await OpenAsync(server, HttpMethod.Put, ann, small);
        HttpResponseMessage again = await OpenAsync(server, HttpMethod.Put, ann, small);
        HttpResponseMessage refused = await OpenAsync(server, HttpMethod.Put, ann, other);
        HttpResponseMessage committed = await OpenAsync(server, HttpMethod.Post, ann, other);
        HttpResponseMessage bobs = await OpenAsync(server, HttpMethod.Put, bob, other);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (begun.StatusCode, again.StatusCode, bobs.StatusCode));
        Assert.Contains("GiB of cohorts", await refused.DetailAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);
        Assert.Contains("ADVSEG_Quota__CohortGibibytes", await committed.DetailAsync(HttpStatusCode.Forbidden), StringComparison.Ordinal);

        // One request is let through at any rate.
        using HttpResponseMessage one = await AccessServer.SendAsync(slow, HttpMethod.Get, "/api/v1/sweeps", ann);
        using HttpResponseMessage two = await AccessServer.SendAsync(slow, HttpMethod.Get, "/api/v1/sweeps", ann);
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Contains("ADVSEG_Quota__RequestsPerSecond", await two.DetailAsync(HttpStatusCode.TooManyRequests), StringComparison.Ordinal);
        Assert.InRange(two.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 900, 1000);
    }

    [Fact]
    public void Requests_FasterThanTheirRate_AreRefusedUntilTheirTimeHasCome()
    {
        var clock = new FakeTimeProvider();
        var rates = new RequestRates(new QuotaSettings { RequestsPerSecond = 2, RequestsPerSecondInAll = 4 }, clock);
        User ann = new("ann", Role.Viewer, []), bob = new("bob", Role.Viewer, []), cy = new("cy", Role.Viewer, []);
        var root = new User("root", Role.Admin, []);

        int Taken(User user, int tries) => Enumerable.Range(0, tries).Count(_ => Record.Exception(() => rates.Take(user)) is null);

        Assert.Equal(10, Taken(ann, 15));
        Assert.Equal(10, Taken(bob, 15));
        Assert.Equal(0, Taken(cy, 1));
        Assert.Equal(50, Taken(root, 50));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, Taken(ann, 5));
        Assert.Equal(2, Taken(cy, 5));
        Assert.Equal(0.25, Assert.Throws<TooManyRequestsException>(() => rates.Take(cy)).After.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("Runs", "-1", "ADVSEG_Quota__Runs is '-1'")]
    [InlineData("Hours", "5", "ADVSEG_Quota__Hours needs ADVSEG_Quota__SecondsPerStep")]
    [InlineData("CohortGibibytes", "NaN", "ADVSEG_Quota__CohortGibibytes is 'NaN'")]
    [InlineData("Priority", "101", "ADVSEG_Quota__Priority is '101'")]
    public void Quota_ThatMakesNoSense_IsRefused(string name, string value, string expected)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create($"Quota:{name}", (string?)value)]).Build();

        var refused = Assert.Throws<SpecException>(() => configuration.Section<QuotaSettings>("Quota"));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private static string Yaml(string name, string owner, int priority = 0) =>
        $"apiVersion: advseg/v1\nname: {name}\nowner: {owner}\npreset: smoke\npriority: {priority}\n";

    private static CohortManifest Manifest(string id) => new()
    {
        Description = id,
        Channels = CohortLayout.Paper.Channels,
        Size = 64,
        PixelMillimetres = 1,
        Patients = [new CohortPatient(id, true, 3, 1, $"patients/{id}.advseg", new string('0', 64))],
    };

    private static Task<HttpResponseMessage> SubmitAsync(DashboardServer server, string token, string yaml) =>
        AccessServer.SendAsync(server, HttpMethod.Post, "/api/v1/sweeps", token, yaml);

    private static Task<HttpResponseMessage> OpenAsync(DashboardServer server, HttpMethod method, string token, CohortManifest cohort) =>
        AccessServer.SendAsync(
            server, method, $"/api/v1/cohorts/{cohort.ComputeDigest()}", token, Encoding.UTF8.GetString(CanonicalJson.Write(cohort)));

    private static async Task<IReadOnlyList<QuotaUse>> UsesAsync(DashboardServer server, string token)
    {
        using HttpResponseMessage answer = await AccessServer.SendAsync(server, HttpMethod.Get, "/api/v1/whoami", token);
        return (await answer.ReadAsync<WhoAmI>()).Quotas!;
    }

    private static async Task<string> TokenAsync(DashboardServer server, string user, Role role) =>
        (await new Credentials(server.Store, TimeProvider.System)
            .MakeTokenAsync(new User(user, role, []), "", 1, "the test", CancellationToken.None)).Token;
}

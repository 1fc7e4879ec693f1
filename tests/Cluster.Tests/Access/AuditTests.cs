using System.Net;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Http;
using AdvSeg.Hosting.Health;
using AdvSeg.Storage.Tests;
using Microsoft.AspNetCore.Routing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>What a server writes down of those who ask it.</summary>
[Collection(AccessCollection.Name)]
public sealed class AuditTests(AccessServer access)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryEndpointThatChangesSomething_AskedOnce_LeavesOneEntryWithItsResult()
    {
        RouteEndpoint[] changing =
        [
            .. access.Server.Endpoints.OfType<RouteEndpoint>().Where(e => MethodOf(e) != "GET")
                .Where(e => EndpointRights.Of(e) != Right.Open || e.RoutePattern.RawText!.Trim('/') == "login"),
        ];
        List<string> wrong = [];
        foreach ((int index, RouteEndpoint endpoint) in changing.Index())
        {
            string user = $"audited{index}";
            string token = await access.TokenAsync(user, Role.Admin);
            string action = $"{MethodOf(endpoint)} /{endpoint.RoutePattern.RawText!.Trim('/')}";
            using HttpResponseMessage answer = EndpointRights.Of(endpoint) == Right.Open
                ? await SessionTests.SignInAsync(access, token)
                : await access.SendAsync(new HttpMethod(MethodOf(endpoint)), access.Fill(endpoint), token);
            IReadOnlyList<AuditEntry> entries = (await EntriesAsync($"user={user}")).Entries;
            bool isRight = entries is [var entry] && entry.Action == action && entry.Status == (int)answer.StatusCode && entry.Address == "127.0.0.1"
                && entry is { Role: Role.Admin, By: "token" } && entry.Token == token.Split('_')[1] && IsAboutIts(entry, endpoint);
            wrong.AddRange(isRight ? [] : [$"{action}, answered {(int)answer.StatusCode}: {CanonicalText(entries)}"]);
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(changing.Length >= 16);
    }

    [Fact]
    public async Task Refusal_OfAChange_IsAnEntryAndThatOfALookIsNone()
    {
        string viewer = await access.TokenAsync("vic", Role.Viewer);
        AuditEntry nobodys = await RefusedAsync(
            HttpMethod.Delete, "/api/v1/tokens/00000000000000ff", null, "", e => e.AboutToken == "00000000000000ff");
        using HttpResponseMessage looked = await access.SendAsync(HttpMethod.Get, "/api/v1/tokens", viewer);
        await RefusedAsync(HttpMethod.Post, $"/api/v1/sweeps/{access.Sweep}/cancel", viewer, "user=vic", e => e.Sweep is not null);

        Assert.Equal(HttpStatusCode.Forbidden, looked.StatusCode);
        Assert.All(
            (await EntriesAsync("user=vic")).Entries,
            e => Assert.Equal((403, access.Sweep, Role.Viewer), (e.Status, e.Sweep, e.Role)));
        Assert.Equal((401, null, "127.0.0.1"), (nobodys.Status, nobodys.User, nobodys.Address));
    }

    /// <summary>A token in the place of its id, the name of a patient's file, and reasons stay out of it.</summary>
    [Fact]
    public async Task Entry_OfWhatWasSent_HoldsIdsAlone()
    {
        string token = await access.TokenAsync("una", Role.Admin);
        string digest = new('a', 64);
        (HttpMethod Method, string Path)[] asked =
        [
            (HttpMethod.Delete, $"/api/v1/tokens/{access.Owner}"),
            (HttpMethod.Put, $"/api/v1/cohorts/{digest}/files/patients/planted.advseg"),
            (HttpMethod.Post, $"/api/v1/sweeps/{access.Sweep}/cancel?reason=planted&run=planted&run=0123456789ab"),
            (HttpMethod.Post, "/api/v1/workers/planted%20text/drain"),
            (HttpMethod.Post, $"/api/v1/workers/{AccessServer.AdminToken}/drain"),
            (HttpMethod.Delete, $"/api/v1/sessions/{AccessServer.AdminToken}"),
            (HttpMethod.Post, "/api/v1/tokens?user=tom&purpose=planted"),
        ];
        foreach ((HttpMethod method, string path) in asked)
        {
            using HttpResponseMessage answer = await access.SendAsync(method, path, token);
        }

        IReadOnlyList<AuditEntry> entries = [.. (await EntriesAsync("user=una")).Entries.Reverse()];
        AuditEntry made = Assert.Single((await EntriesAsync("user=tom")).Entries);

        Assert.Equal(asked.Length, entries.Count);
        Assert.Equal([null, digest, null, null, null, null, null], entries.Select(e => e.Cohort));
        Assert.Equal(["0123456789ab"], entries[2].Runs!);
        Assert.Equal((201, "tom", "una"), (made.Status, made.AboutUser, made.User));
        Assert.NotNull(made.AboutToken);
        Assert.DoesNotContain("planted", CanonicalText(entries), StringComparison.Ordinal);
        Assert.DoesNotContain(access.Owner.Split('_')[2], CanonicalText(entries), StringComparison.Ordinal);
        Assert.DoesNotContain(AccessServer.AdminToken, CanonicalText(entries), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_ForAdmins_ShowsEntriesOfAUserAndLeadsToOlderOnes()
    {
        string token = await access.TokenAsync("pat", Role.Operator);
        for (int index = 0; index < 3; index++)
        {
            using HttpResponseMessage answer = await access.SendAsync(HttpMethod.Post, "/api/v1/sweeps", token, "no: sweep");
        }

        AuditPage first = await EntriesAsync("user=pat&count=2");
        AuditPage second = await EntriesAsync($"user=pat&count=2&before={first.Next}");
        using HttpResponseMessage shown = await access.SendAsync(HttpMethod.Get, "/audit?user=pat&day=1970-01-01", access.Admin);
        using HttpResponseMessage all = await access.SendAsync(HttpMethod.Get, "/audit?user=pat", access.Admin);
        using HttpResponseMessage wrong = await access.SendAsync(HttpMethod.Get, "/api/v1/audit?since=yesterday", access.Admin);

        Assert.Equal((2, 1), (first.Entries.Count, second.Entries.Count));
        Assert.Equal(3, first.Entries.Concat(second.Entries).Select(e => e.Id).Distinct().Count());
        Assert.Contains("There is no entry here.", await shown.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("pat, operator", await all.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        Assert.Contains("write a day as", await wrong.DetailAsync(HttpStatusCode.BadRequest), StringComparison.Ordinal);
    }

    /// <summary>The safe side: no change without an entry. Who only looks is answered.</summary>
    [Fact]
    public async Task Change_WhoseEntryCannotBeWritten_IsRefusedAndSaidByTheProbe()
    {
        var store = new FaultyStore(access.Server.Store);
        await using DashboardServer beside = await access.Server.StartBesideAsync(TimeProvider.System, access: AccessServer.Settings, store: store);
        string token = await access.TokenAsync("rob", Role.Admin);
        store.Rule = call => Task.FromResult(call.Key.StartsWith("audit/", StringComparison.Ordinal) ? CallFault.RequestLost : CallFault.None);
        int before = await TokensAsync();

        using HttpResponseMessage refused = await AccessServer.SendAsync(beside, HttpMethod.Post, "/api/v1/tokens?user=sue", token);
        using HttpResponseMessage looked = await AccessServer.SendAsync(beside, HttpMethod.Get, "/api/v1/tokens", token);
        Readiness ready = await ReadinessAsync(beside);
        store.Rule = _ => Task.FromResult(CallFault.None);
        using HttpResponseMessage made = await AccessServer.SendAsync(beside, HttpMethod.Post, "/api/v1/tokens?user=sue", token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (refused.StatusCode, looked.StatusCode));
        Assert.Equal(before + 1, await TokensAsync());
        Assert.Contains(ready.Warnings ?? [], w => w.Check == "audit" && w.Why.Contains("changes are refused", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.DoesNotContain((await ReadinessAsync(beside)).Warnings ?? [], w => w.Check == "audit");

        await beside.StopAsync();

        Assert.Equal([201, 503], (await EntriesAsync("user=rob")).Entries.Select(e => e.Status));
    }

    [Fact]
    public async Task Server_WithoutALogin_HasTheChangesOfItsOneUser()
    {
        using var folder = new TempFolder();
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new HashTrainer());
        using HttpResponseMessage submitted = await server.SubmitAsync("no: sweep");
        AuditPage page = await server.GetAsync<AuditPage>("/api/v1/audit");

        AuditEntry entry = Assert.Single(page.Entries);
        Assert.Equal(("local", Role.Admin, "none", 400), (entry.User, entry.Role, entry.By, entry.Status));
    }

    internal static string CanonicalText(object entries) => System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(entries));

    private async Task<int> TokensAsync() =>
        (await access.StoredAsync()).Keys.Count(key => key.StartsWith("access/tokens/", StringComparison.Ordinal));

    private static async Task<Readiness> ReadinessAsync(DashboardServer server)
    {
        using HttpResponseMessage answer = await AccessServer.SendAsync(server, HttpMethod.Get, "/healthz/ready", null);
        return await answer.ReadAsync<Readiness>();
    }

    /// <summary>A minute has room for so many refusals, and other tests are refused in it as well: asks until there is room.</summary>
    private Task<AuditEntry> RefusedAsync(HttpMethod method, string path, string? token, string query, Func<AuditEntry, bool> isIt) =>
        Until.AnsweredAsync(
            async () =>
            {
                using HttpResponseMessage refused = await access.SendAsync(method, path, token);
                return (await EntriesAsync(query)).Entries.Where(isIt).FirstOrDefault();
            },
            TimeSpan.FromMinutes(2));

    private async Task<AuditPage> EntriesAsync(string query)
    {
        using HttpResponseMessage answer = await access.SendAsync(HttpMethod.Get, $"/api/v1/audit?{query}", access.Admin);
        return await answer.ReadAsync<AuditPage>();
    }

    private bool IsAboutIts(AuditEntry entry, RouteEndpoint endpoint) => endpoint.RoutePattern.Parameters.All(p => p.Name switch
    {
        "id" => entry.Sweep == access.Sweep,
        "worker" => entry.Worker is not null,
        "digest" => entry.Cohort is not null,
        "token" => entry.AboutToken is not null,
        _ => true,
    });

    private static string MethodOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Single() ?? "GET";
}

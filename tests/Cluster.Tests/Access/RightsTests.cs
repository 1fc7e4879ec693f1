using System.Net;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Every endpoint, asked by everybody; and the table of them.</summary>
[Collection(AccessCollection.Name)]
public sealed class RightsTests(AccessServer access, ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> Roles = new()
    {
        ["Open"] = "nobody has to say who they are",
        ["View"] = "viewer",
        ["Operate"] = "operator",
        ["Own"] = "operator, of a sweep of theirs",
        ["Administer"] = "admin",
    };

    private IEnumerable<RouteEndpoint> Endpoints => access.Server.Endpoints.OfType<RouteEndpoint>();

    [Fact]
    public async Task EveryEndpoint_AskedByEachCaller_AnswersByItsRightAndRefusesWithoutAChange()
    {
        (string Name, string? Token, Right[] Rights)[] callers =
        [
            ("nobody", null, [Right.Open]),
            ("a viewer", access.Viewer, [Right.Open, Right.View]),
            ("another operator", access.Other, [Right.Open, Right.View, Right.Operate]),
            ("the owner", access.Owner, [Right.Open, Right.View, Right.Operate, Right.Own]),
            ("an admin", access.Admin, [Right.Open, Right.View, Right.Operate, Right.Own, Right.Administer]),
        ];

        // Sweeps of the tests before may still be writing what they found.
        await TestCluster.WaitAsync(async () => (await access.SweepsAsync()).All(IsOver) ? callers : null);
        IReadOnlyDictionary<string, string> before = await access.StoredAsync();
        List<string> wrong = [];
        int refused = 0;
        foreach (RouteEndpoint endpoint in Endpoints)
        {
            foreach ((string name, string? token, _) in callers.Where(c => !c.Rights.Contains(EndpointRights.Of(endpoint)!.Value)))
            {
                refused++;
                HttpStatusCode expected = token is null ? HttpStatusCode.Unauthorized : HttpStatusCode.Forbidden;
                HttpStatusCode status = await AskAsync(endpoint, token);
                wrong.AddRange(status == expected ? [] : [$"{name} was answered {(int)status} by {AddressOf(endpoint)}"]);
            }
        }

        Assert.Empty((await access.StoredAsync()).Except(before).Concat(before.Except(await access.StoredAsync())));
        int taken = 0;
        foreach (RouteEndpoint endpoint in Endpoints.OrderBy(e => EndpointRights.Of(e)))
        {
            foreach ((string name, string? token, _) in callers.Where(c => c.Rights.Contains(EndpointRights.Of(endpoint)!.Value)))
            {
                taken++;
                HttpStatusCode status = await AskAsync(endpoint, token);
                bool isRefused = status is HttpStatusCode.Forbidden || (status is HttpStatusCode.Unauthorized && !IsSignIn(endpoint));
                wrong.AddRange((int)status < 500 && !isRefused ? [] : [$"{name} was answered {(int)status} by {AddressOf(endpoint)}"]);
            }
        }

        output.WriteLine($"{Endpoints.Count()} endpoints, {refused} refusals, {taken} answers");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(refused > 80 && taken > 150);
    }

    [Fact]
    public void Page_OfSecurity_ListsEveryEndpointWithItsRight()
    {
        string[] rows =
        [
            "| endpoint | right | who has it |", "|---|---|---|",
            .. Endpoints.Select(e => (Address: AddressOf(e), Right: EndpointRights.Of(e)!.Value)).Distinct().OrderBy(e => e.Right)
                .ThenBy(e => e.Address.Split(' ')[1], StringComparer.Ordinal).ThenBy(e => e.Address, StringComparer.Ordinal)
                .Select(e => $"| `{e.Address}` | {Kebab.Of(e.Right)} | {Roles[e.Right.ToString()]} |"),
        ];
        string page = File.ReadAllText(SourceFile.Of("docs/security.md"));

        Assert.Contains(string.Join('\n', rows), page, StringComparison.Ordinal);
    }

    /// <summary>What changes something is for operators at least; signing in and out is for whoever may.</summary>
    [Fact]
    public void Endpoint_ThatChangesSomething_IsNoViewers()
    {
        string[] changing =
        [
            .. Endpoints.Where(e => EndpointRights.Of(e) is Right.Open or Right.View).Select(AddressOf)
                .Where(address => !address.StartsWith("GET ", StringComparison.Ordinal)),
        ];

        Assert.Equal(["DELETE /api/v1/login", "POST /api/v1/login", "POST /login", "POST /logout"], changing.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Endpoint_ThatDoesNotSayItsRight_KeepsTheServerFromStarting()
    {
        WebApplication without = WebApplication.CreateBuilder().Build(), nameless = WebApplication.CreateBuilder().Build();
        without.MapGet("/new", () => "");
        nameless.MapPost("/new/{sweep}", (string sweep) => sweep).Needs(Right.Own);

        var silent = Assert.Throws<InvalidOperationException>(() => EndpointRights.Require(without));
        var owned = Assert.Throws<InvalidOperationException>(() => EndpointRights.Require(nameless));

        Assert.Contains("/new does not say who may call it", silent.Message, StringComparison.Ordinal);
        Assert.Contains("names no sweep", owned.Message, StringComparison.Ordinal);
    }

    /// <summary>Of a token's form, nothing on the way of a request may be taken for a right of its own.</summary>
    [Fact]
    public async Task Drain_AskedByAnOperator_LeavesTheWorkerAsItIs()
    {
        using HttpResponseMessage list = await access.SendAsync(HttpMethod.Get, "/api/v1/workers", access.Viewer);
        string worker = (await list.ReadAsync<WorkerView[]>())[0].Worker;

        using HttpResponseMessage refused = await access.SendAsync(HttpMethod.Post, $"/api/v1/workers/{worker}/drain", access.Owner);
        using HttpResponseMessage after = await access.SendAsync(HttpMethod.Get, "/api/v1/workers", access.Viewer);

        Assert.Equal("This takes the role admin; 'ann' has the role operator.", await refused.DetailAsync(HttpStatusCode.Forbidden));
        Assert.False((await after.ReadAsync<WorkerView[]>())[0].Draining);
    }

    private async Task<HttpStatusCode> AskAsync(RouteEndpoint endpoint, string? token)
    {
        string address = AddressOf(endpoint);
        using HttpResponseMessage answer = await access.SendAsync(new HttpMethod(address.Split(' ')[0]), access.Fill(endpoint), token);
        return answer.StatusCode;
    }

    private static bool IsOver(SweepStatus sweep) =>
        sweep.Paused || sweep.Reported || (sweep.Ended is not null && sweep.Stage != SweepStage.Finished);

    private static bool IsSignIn(RouteEndpoint endpoint) => AddressOf(endpoint) is "POST /login" or "POST /api/v1/login";

    private static string AddressOf(RouteEndpoint endpoint) =>
        $"{endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Single() ?? "GET"} /{endpoint.RoutePattern.RawText!.Trim('/')}";
}

using System.Net.Http.Headers;
using System.Text;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Access;
using AdvSeg.UseCases.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>A server with a login and a finished sweep of Ann's, whose team is the heart team; shared by the tests.</summary>
public sealed class AccessServer : IAsyncLifetime
{
    internal const string AdminToken = "an-admin-token-of-the-settings-of-this-server";

    internal const string Yaml = """
        apiVersion: advseg/v1
        name: shown
        preset: smoke
        """;

    internal static readonly AccessSettings Settings = new()
    {
        Logins = [LoginMethod.Token, LoginMethod.Proxy],
        AdminToken = AdminToken,
        Proxy = new ProxySettings { Trusted = "127.0.0.1" },
        Roles = new RoleSettings { Admin = "root,group:admins", Operator = "group:heart", Viewer = "group:readers" },
        Teams = ["heart", "readers", "lung"],
    };

    private readonly TempFolder _folder = new();

    internal DashboardServer Server { get; private set; } = null!;

    internal Credentials Credentials { get; private set; } = null!;

    /// <summary>Ann's sweep.</summary>
    internal string Sweep { get; private set; } = "";

    /// <summary>A run of it.</summary>
    internal string Run { get; private set; } = "";

    internal string Viewer { get; private set; } = "";

    /// <summary>Ann's token: an operator.</summary>
    internal string Owner { get; private set; } = "";

    /// <summary>Bob's: an operator of another team.</summary>
    internal string Other { get; private set; } = "";

    internal string Admin { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Server = await DashboardServer.StartAsync(_folder.Path, new RehearsalTrainer(), access: Settings);
        Credentials = new Credentials(Server.Store, TimeProvider.System);
        Viewer = await TokenAsync("vera", Role.Viewer);
        Owner = await TokenAsync("ann", Role.Operator, "heart");
        Other = await TokenAsync("bob", Role.Operator, "lung");
        Admin = await TokenAsync("root", Role.Admin);
        using HttpResponseMessage submitted = await SendAsync(HttpMethod.Post, "/api/v1/sweeps", Owner, Yaml);
        Assert.True(submitted.IsSuccessStatusCode, await submitted.Content.ReadAsStringAsync());
        Sweep = (await submitted.ReadAsync<SweepStatus>()).Sweep;
        await TestCluster.WaitAsync(async () => await StatusAsync(Sweep) is { Reported: true } status ? status : null);
        using HttpResponseMessage runs = await SendAsync(HttpMethod.Get, $"/api/v1/sweeps/{Sweep}/runs", Owner);
        Run = (await runs.ReadAsync<RunPage>()).Rows[0].Run;
    }

    internal async Task<string> TokenAsync(string user, Role role, params string[] teams) =>
        (await Credentials.MakeTokenAsync(new User(user, role, teams), "a test", 1, "the test", CancellationToken.None)).Token;

    internal async Task<SweepStatus> StatusAsync(string sweep)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, $"/api/v1/sweeps/{sweep}", Owner);
        return await answer.ReadAsync<SweepStatus>();
    }

    internal async Task<SweepStatus[]> SweepsAsync()
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, "/api/v1/sweeps", Owner);
        return await answer.ReadAsync<SweepStatus[]>();
    }

    /// <summary>One that follows nothing and keeps no cookies.</summary>
    internal HttpClient NewBrowser() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Server.Address };

    /// <param name="method">Of the request.</param>
    /// <param name="path">From the root.</param>
    /// <param name="token">Who asks; null for nobody.</param>
    /// <param name="yaml">The body.</param>
    /// <param name="headers">More of them.</param>
    internal Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? token, string? yaml = null, params (string Name, string Value)[] headers) =>
        SendAsync(Server, method, path, token, yaml, headers);

    /// <inheritdoc cref="SendAsync(HttpMethod, string, string?, string?, ValueTuple{string, string}[])"/>
    internal static async Task<HttpResponseMessage> SendAsync(
        DashboardServer server, HttpMethod method, string path, string? token, string? yaml = null, params (string Name, string Value)[] headers)
    {
        using HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        request.Content = yaml is null ? null : new StringContent(yaml, Encoding.UTF8, "application/yaml");
        foreach ((string name, string value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Everything that is stored but what time alone changes, and the audit log.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> StoredAsync()
    {
        SortedDictionary<string, string> stored = new(StringComparer.Ordinal);
        foreach (string root in ArtifactKeys.Roots.Where(root => root is not ("state/" or ArtifactKeys.Audit)))
        {
            await foreach (ArtifactInfo info in Server.Store.ListAsync(root))
            {
                if (!info.Key.StartsWith("access/used/", StringComparison.Ordinal) && await Server.Store.GetAsync(info.Key) is { } artifact)
                {
                    stored[info.Key] = artifact.ETag;
                }
            }
        }

        return stored;
    }

    /// <summary>An address of the endpoint: of the finished sweep and its run, and of what there is not.</summary>
    internal string Fill(RouteEndpoint endpoint) => "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment =>
        string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            RoutePatternParameterPart { Name: "id" } => Sweep,
            RoutePatternParameterPart { Name: "run" } => Run,
            RoutePatternParameterPart { Name: "documentName" } => "v1",
            RoutePatternParameterPart { Name: "token" } => "0000000000000000",
            _ => new string('0', 64),
        }))));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}

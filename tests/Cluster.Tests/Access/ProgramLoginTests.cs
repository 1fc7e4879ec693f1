using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Servers;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Signing in with 'advseg', and what somebody tries with tokens that they came by otherwise.</summary>
public sealed class ProgramLoginTests(OidcServer oidc) : IClassFixture<OidcServer>
{
    private const string Redirect = "http://127.0.0.1:7/callback";
    private const string Salt = "a-salt-of-the-test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What the provider has made for another site, or for another user, or what somebody has changed.</summary>
    [Fact]
    public async Task Program_WithTokensThatAreNotForIt_HasNoSession()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        (string ann, string annsAccess) = await TokensAsync("ann", oidc.Server);
        (_, string rootsAccess) = await TokensAsync("root", oidc.Server);
        (string ofAnother, string anothersAccess) = await TokensAsync(
            "ann", oidc.Server, OidcProvider.ClientId, $"{oidc.Server.Address}login/callback", OidcProvider.ClientSecret);
        string changed = ann[..^8] + (ann[^8] == 'A' ? 'B' : 'A') + ann[^7..];

        foreach ((string id, string access, string why) in new[]
        {
            (ofAnother, anothersAccess, "the ID token is not valid"), (changed, annsAccess, "the ID token is not valid"),
            (ann, rootsAccess, "the two tokens are of two users"), (ann, "x", "the access token is not valid"), ("", "", "not valid"),
        })
        {
            using HttpResponseMessage refused = await BeginAsync(oidc.Server, id, access, Salt);
            Assert.Contains(why, await refused.DetailAsync(HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        }

        using HttpResponseMessage begun = await BeginAsync(oidc.Server, ann, annsAccess, Salt);
        MadeSession session = await begun.ReadAsync<MadeSession>();
        using HttpResponseMessage asCookie = await AccessServer.SendAsync(
            oidc.Server, HttpMethod.Get, "/api/v1/whoami", null, null, ("Cookie", $"advseg={session.Token}"));

        Assert.Equal(("ann", Role.Operator), (session.Who.Name, session.Who.Role));
        Assert.Equal(HttpStatusCode.Unauthorized, asCookie.StatusCode);
    }

    /// <summary>
    /// Whoever runs one of two servers with one provider has the tokens of those who sign in there, and passes them on to the other: at once, with
    /// another salt, with what ties users to their own server, and under the other server's name.
    /// </summary>
    [Fact]
    public async Task Tokens_ThatWereAskedForAtAnotherServer_BeginNoSession()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        using var folder = new TempFolder();
        await using DashboardServer evil = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer(), access: oidc.Access);
        (string ann, string annsAccess) = await TokensAsync("ann", evil);
        (string untied, string untiedAccess) = await TokensAsync("ann", null);
        MadeSession there = await (await BeginAsync(evil, ann, annsAccess, Salt)).ReadAsync<MadeSession>();
        (string eve, string evesAccess) = await TokensAsync("kim", oidc.Server);
        MadeSession own = await (await BeginAsync(oidc.Server, eve, evesAccess, Salt)).ReadAsync<MadeSession>();

        foreach ((string id, string access, string salt, string? binding) in new[]
        {
            (ann, annsAccess, Salt, null), (ann, annsAccess, "", null), (ann, annsAccess, Salt, there.Binding),
            (untied, untiedAccess, "", null), (untied, untiedAccess, Salt, null), (ann, annsAccess, Salt, "AAAA"), (ann, annsAccess, Salt, "?"),
            (ann, annsAccess, Salt, own.Binding),
        })
        {
            using HttpResponseMessage refused = await BeginAsync(oidc.Server, id, access, salt, binding);
            Assert.Contains("asked for another server", await refused.DetailAsync(HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        }

        using HttpResponseMessage renamed = await BeginAsync(oidc.Server, ann, annsAccess, Salt, null, evil.Address.Authority);
        Assert.Contains("may be another server too", await renamed.DetailAsync(HttpStatusCode.Unauthorized), StringComparison.Ordinal);
    }

    /// <summary>A person writes letters of their own script, the request has what the DNS has, and a proxy writes the usual port out.</summary>
    [Theory]
    [InlineData("https://Bücher.example/", "xn--bcher-kva.example")]
    [InlineData("https://bücher.example", "XN--bcher-kva.example:443")]
    [InlineData("https://xn--bcher-kva.example:443", "xn--bcher-kva.example")]
    [InlineData("https://plain.example", "plain.example:80")]
    public async Task Tokens_ThatWereAskedForByAnotherSpellingOfTheName_BeginASession(string address, string host)
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        DashboardSettings names = DashboardSettings.From(new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("Dashboard:AllowedHosts", (string?)"BÜCHER.example;plain.example")]).Build());
        await using DashboardServer server = await oidc.Server.StartBesideAsync(TimeProvider.System, access: oidc.Access, dashboard: names);
        (string ann, string access) = await TokensAtAsync("ann", new Uri(address));
        using HttpResponseMessage begun = await BeginAsync(server, ann, access, Salt, null, host);

        Assert.True(begun.StatusCode == HttpStatusCode.Created, await begun.Content.ReadAsStringAsync(Cancellation));
    }

    /// <summary>The provider may leave the nonce out of an ID token that it renews (OpenID Connect Core 1.0, 12.2).</summary>
    [Fact]
    public async Task SignIn_ThatIsRenewed_IsTiedByWhatTheServerGaveBefore()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        (string ann, string access) = await TokensAsync("ann", oidc.Server);
        (string renewed, string renewedAccess) = await TokensAsync("ann", null);
        MadeSession first = await (await BeginAsync(oidc.Server, ann, access, Salt)).ReadAsync<MadeSession>();
        MadeSession second = await (await BeginAsync(oidc.Other, renewed, renewedAccess, "", first.Binding)).ReadAsync<MadeSession>();

        Assert.Equal(("ann", first.Binding), (second.Who.Name, second.Binding));
        Assert.InRange(second.Who.Expires!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(55), TimeSpan.FromHours(1));
    }

    /// <summary>At this provider everybody may enter any address; of Ann's it says that it is hers.</summary>
    [Theory]
    [InlineData("ann", HttpStatusCode.Created, "ann@lab.example")]
    [InlineData("root", HttpStatusCode.Forbidden, "has verified the e-mail address")]
    public async Task Name_ThatIsAnAddress_IsTakenWhenItIsVerified(string user, HttpStatusCode status, string said)
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        AccessSettings access = oidc.Access with { Oidc = oidc.Access.Oidc with { NameClaim = "email", FixedNames = "" } };
        await using DashboardServer server = await oidc.Server.StartBesideAsync(TimeProvider.System, access: access);
        (string id, string accessToken) = await TokensAsync(user, server);
        using HttpResponseMessage begun = await BeginAsync(server, id, accessToken, Salt);

        Assert.Equal(status, begun.StatusCode);
        Assert.Contains(said, await begun.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> BeginAsync(
        DashboardServer server, string idToken, string accessToken, string salt, string? binding = null, string? host = null)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(server.Address, "/api/v1/login"))
        {
            Content = new FormUrlEncodedContent(
                [new("id_token", idToken), new("access_token", accessToken), new("salt", salt), new("binding", binding ?? "")]),
        };
        request.Headers.Host = host;
        request.Headers.Add("Origin", host is null ? [] : [$"https://{host}"]);
        return await http.SendAsync(request, Cancellation);
    }

    /// <summary>What the provider gives to a client when a user has signed in there.</summary>
    /// <param name="user">Who signs in.</param>
    /// <param name="server">To which it is tied; null for none.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="redirect">Where the browser comes back to.</param>
    /// <param name="secret">Of the client; null for none.</param>
    private Task<(string Id, string Access)> TokensAsync(
        string user, DashboardServer? server, string client = OidcProvider.CliClientId, string redirect = Redirect, string? secret = null) =>
        TokensAtAsync(user, server?.Address, client, redirect, secret);

    private async Task<(string Id, string Access)> TokensAtAsync(
        string user, Uri? server, string client = OidcProvider.CliClientId, string redirect = Redirect, string? secret = null)
    {
        const string Verifier = "a-verifier-of-the-test-that-is-long-enough-for-pkce";
        string challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
        string nonce = server is null ? "" : $"&nonce={LoginNonce.Of(LoginNonce.PlaceOf(server.Host, server.Port, "/"), Salt)}";
        string asked = $"response_type=code&client_id={client}&scope=openid%20profile%20email&redirect_uri={Uri.EscapeDataString(redirect)}&state=s"
            + $"&code_challenge={challenge}&code_challenge_method=S256{nonce}";
        using var browser = new ProviderBrowser(oidc.Provider.Address, user);
        Uri back = await browser.SignInAsync(new Uri($"{oidc.Provider.Address}/auth?{asked}"), Cancellation);
        Dictionary<string, string> fields = new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = back.Query.TrimStart('?').Split('&').Single(p => p.StartsWith("code=", StringComparison.Ordinal))["code=".Length..],
            ["redirect_uri"] = redirect,
            ["code_verifier"] = Verifier,
            ["client_id"] = client,
        };
        if (secret is not null)
        {
            fields["client_secret"] = secret;
        }

        using var http = new HttpClient();
        using var form = new FormUrlEncodedContent(fields);
        using HttpResponseMessage answer = await http.PostAsync($"{oidc.Provider.Address}/token", form, Cancellation);
        using JsonDocument tokens = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation));
        return (tokens.RootElement.GetProperty("id_token").GetString()!, tokens.RootElement.GetProperty("access_token").GetString()!);
    }
}

using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Dashboard.Access;
using AdvSeg.Servers;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>A server and a real provider, on which its users sign in.</summary>
public sealed class OidcServer : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    internal OidcProvider Provider { get; } = new();

    internal DashboardServer Server { get; private set; } = null!;

    /// <summary>Another dashboard over the same store.</summary>
    internal DashboardServer Other { get; private set; } = null!;

    internal string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        int port = FreePort.Next();
        try
        {
            await Provider.StartAsync($"http://127.0.0.1:{port}/login/callback");
        }
        catch (MissingPartException e)
        {
            Missing = e.Message;
            return;
        }

        var access = new AccessSettings
        {
            Logins = [LoginMethod.Oidc],
            Oidc = new OidcSettings { Authority = Provider.Address, ClientId = OidcProvider.ClientId, CliClientId = OidcProvider.CliClientId },
            OidcClientSecret = OidcProvider.ClientSecret,
            Roles = new RoleSettings { Admin = "group:admins", Operator = "group:heart", Viewer = "group:readers" },
            Teams = ["heart", "readers"],
        };
        Server = await DashboardServer.StartAsync(_folder.Path, new RehearsalTrainer(), port, access: access);
        Other = await Server.StartBesideAsync(TimeProvider.System, access: access);
    }

    public async ValueTask DisposeAsync()
    {
        if (Missing is null)
        {
            await Other.DisposeAsync();
            await Server.DisposeAsync();
        }

        await Provider.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Signing in at the provider as a browser does it, and what somebody tries who wants to be another.</summary>
public sealed class OidcTests(OidcServer oidc) : IClassFixture<OidcServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task User_OfTheProvider_HasASessionWithRoleAndTeams()
    {
        (Uri callback, string cookies) = await SignInAsync("ann", "/workers");
        using HttpResponseMessage back = await GetAsync(oidc.Server, callback.PathAndQuery, cookies);
        using HttpResponseMessage asked = await GetAsync(oidc.Server, "/api/v1/whoami", CookiesOf(back));
        WhoAmI who = await asked.ReadAsync<WhoAmI>();

        Assert.Equal((HttpStatusCode.Redirect, "/workers"), (back.StatusCode, back.Headers.Location?.OriginalString));
        Assert.Equal(("ann", Role.Operator, "session"), (who.Name, who.Role, who.By));
        Assert.Equal(["heart", "readers"], who.Teams);
    }

    /// <summary>Behind a balancer the browser may come back to a server that it did not leave from.</summary>
    [Fact]
    public async Task User_WhoComesBackToAnotherDashboard_IsSignedInOnBoth()
    {
        (Uri callback, string cookies) = await SignInAsync("root", "/");
        using HttpResponseMessage back = await GetAsync(oidc.Other, callback.PathAndQuery, cookies);
        using HttpResponseMessage asked = await GetAsync(oidc.Server, "/api/v1/tokens", CookiesOf(back));

        Assert.Equal(HttpStatusCode.Redirect, back.StatusCode);
        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
    }

    /// <summary>
    /// The question itself goes from server to server (RFC 9126); the provider takes none without PKCE. The cookies are what ties the answer to
    /// this browser.
    /// </summary>
    [Fact]
    public async Task Browser_SentToTheProvider_CarriesNoSecretButItsOwnCookies()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        using HttpResponseMessage start = await GetAsync(oidc.Server, "/login/oidc?to=%2F", "");
        string question = start.Headers.Location!.Query;

        Assert.Contains($"client_id={OidcProvider.ClientId}&request_uri=", question, StringComparison.Ordinal);
        Assert.DoesNotContain(OidcProvider.ClientSecret, question, StringComparison.Ordinal);
        Assert.Equal(2, start.Headers.GetValues("Set-Cookie").Count());
        Assert.All(start.Headers.GetValues("Set-Cookie"), cookie =>
        {
            Assert.Contains("secure", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task User_WithoutARole_IsToldSoAndHasNoSession()
    {
        (Uri callback, string cookies) = await SignInAsync("eve", "/");
        using HttpResponseMessage back = await GetAsync(oidc.Server, callback.PathAndQuery, cookies);

        Assert.Contains("User 'eve' has no role here", await back.DetailAsync(HttpStatusCode.Forbidden));
        Assert.DoesNotContain("advseg=", CookiesOf(back), StringComparison.Ordinal);
    }

    /// <summary>Without its cookies, a second time, with a state of its own, and with somebody else's code in one's own state.</summary>
    [Fact]
    public async Task Answer_ThatIsNotOfThisBrowser_IsRefused()
    {
        (Uri callback, string cookies) = await SignInAsync("ann", "/");
        (Uri stranger, _) = await SignInAsync("root", "/");
        string changed = callback.PathAndQuery.Replace("state=", "state=A", StringComparison.Ordinal);
        string injected = callback.PathAndQuery.Replace(
            Parameter(callback, "code"), Parameter(stranger, "code"), StringComparison.Ordinal);
        using HttpResponseMessage bare = await GetAsync(oidc.Server, callback.PathAndQuery, "");
        using HttpResponseMessage forged = await GetAsync(oidc.Server, changed, cookies);
        using HttpResponseMessage other = await GetAsync(oidc.Server, injected, cookies);
        using HttpResponseMessage first = await GetAsync(oidc.Server, callback.PathAndQuery, cookies);
        using HttpResponseMessage second = await GetAsync(oidc.Server, callback.PathAndQuery, cookies);

        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        foreach (HttpResponseMessage refused in new[] { bare, forged, other, second })
        {
            Assert.Contains("Signing in did not succeed", await refused.DetailAsync(HttpStatusCode.Unauthorized));
        }
    }

    /// <summary>What the provider has made for another site, or for another user, or what somebody has changed.</summary>
    [Fact]
    public async Task Program_WithTokensThatAreNotForIt_HasNoSession()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        (string ann, string annsAccess) = await TokensAsync(OidcProvider.CliClientId, "http://127.0.0.1:7/callback", null, "ann");
        (_, string rootsAccess) = await TokensAsync(OidcProvider.CliClientId, "http://127.0.0.1:7/callback", null, "root");
        (string ofAnother, string anothersAccess) = await TokensAsync(
            OidcProvider.ClientId, $"{oidc.Server.Address}login/callback", OidcProvider.ClientSecret, "ann");
        string changed = ann[..^8] + (ann[^8] == 'A' ? 'B' : 'A') + ann[^7..];

        foreach ((string id, string access, string why) in new[]
        {
            (ofAnother, anothersAccess, "the ID token is not valid"), (changed, annsAccess, "the ID token is not valid"),
            (ann, rootsAccess, "the two tokens are of two users"), (ann, "x", "the access token is not valid"), ("", "", "not valid"),
        })
        {
            using HttpResponseMessage refused = await BeginAsync(id, access);
            Assert.Contains(why, await refused.DetailAsync(HttpStatusCode.Unauthorized), StringComparison.Ordinal);
        }

        using HttpResponseMessage begun = await BeginAsync(ann, annsAccess);
        MadeSession session = await begun.ReadAsync<MadeSession>();
        using HttpResponseMessage asCookie = await GetAsync(oidc.Server, "/api/v1/whoami", $"advseg={session.Token}");

        Assert.Equal(("ann", Role.Operator), (session.Who.Name, session.Who.Role));
        Assert.Equal(HttpStatusCode.Unauthorized, asCookie.StatusCode);
    }

    private async Task<HttpResponseMessage> BeginAsync(string idToken, string accessToken)
    {
        using var form = new FormUrlEncodedContent([new("id_token", idToken), new("access_token", accessToken)]);
        return await oidc.Server.Http.PostAsync("/api/v1/login", form, Cancellation);
    }

    /// <summary>What the provider gives to a client when a user has signed in there.</summary>
    private async Task<(string Id, string Access)> TokensAsync(string client, string redirect, string? secret, string user)
    {
        const string Verifier = "a-verifier-of-the-test-that-is-long-enough-for-pkce";
        string challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
        string asked = $"response_type=code&client_id={client}&scope=openid%20profile&redirect_uri={Uri.EscapeDataString(redirect)}&state=s"
            + $"&code_challenge={challenge}&code_challenge_method=S256";
        using var browser = new ProviderBrowser(oidc.Provider.Address, user);
        Uri back = await browser.SignInAsync(new Uri($"{oidc.Provider.Address}/auth?{asked}"), Cancellation);
        Dictionary<string, string> fields = new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = Parameter(back, "code").Split('=')[1],
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

    private static string Parameter(Uri address, string name) => address.Query.TrimStart('?').Split('&').Single(p => p.StartsWith($"{name}="));

    /// <returns>Where the provider sends the browser, and what cookies it has of the server.</returns>
    private async Task<(Uri Callback, string Cookies)> SignInAsync(string user, string target)
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        using HttpResponseMessage start = await GetAsync(oidc.Server, $"/login/oidc?to={Uri.EscapeDataString(target)}", "");
        Assert.Equal(HttpStatusCode.Redirect, start.StatusCode);
        using var browser = new ProviderBrowser(oidc.Provider.Address, user);
        return (await browser.SignInAsync(start.Headers.Location!, Cancellation), CookiesOf(start));
    }

    private static async Task<HttpResponseMessage> GetAsync(DashboardServer server, string path, string cookies)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (cookies.Length > 0)
        {
            request.Headers.Add("Cookie", cookies);
        }

        return await http.SendAsync(request, Cancellation);
    }

    /// <summary>Those that are set and not taken away.</summary>
    private static string CookiesOf(HttpResponseMessage answer) => answer.Headers.TryGetValues("Set-Cookie", out IEnumerable<string>? set)
        ? string.Join("; ", set.Select(c => c.Split(';')[0]).Where(c => !c.EndsWith('=')))
        : "";
}

using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Dashboard.Access;
using AdvSeg.Servers;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>A server and a real provider, on which its users sign in.</summary>
public sealed class OidcServer : IAsyncLifetime
{
    private readonly TempFolder _folder = new();

    internal OidcProvider Provider { get; } = new();

    internal DashboardServer Server { get; private set; } = null!;

    /// <summary>Another dashboard over the same store.</summary>
    internal DashboardServer Other { get; private set; } = null!;

    internal AccessSettings Access { get; private set; } = new();

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

        Access = new AccessSettings
        {
            Logins = [LoginMethod.Oidc],
            Oidc = new OidcSettings
            {
                Authority = Provider.Address,
                ClientId = OidcProvider.ClientId,
                CliClientId = OidcProvider.CliClientId,
                NameClaim = "preferred_username",
                FixedNames = "1",
            },
            OidcClientSecret = OidcProvider.ClientSecret,
            Roles = new RoleSettings { Admin = "group:admins", Operator = "group:heart", Viewer = "group:readers" },
            Teams = ["heart", "readers"],
        };
        Server = await DashboardServer.StartAsync(_folder.Path, new RehearsalTrainer(), port, access: Access);
        Other = await Server.StartBesideAsync(TimeProvider.System, access: Access);
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
public sealed partial class OidcTests(OidcServer oidc) : IClassFixture<OidcServer>
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

    /// <summary>Who is taken out of a group at the provider is asked for nothing there at the next check, and has no role here then.</summary>
    [Fact]
    public async Task User_WhoLosesTheirGroup_HasNoRoleFromTheNextCheckOn()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        using var browser = new ProviderBrowser(oidc.Provider.Address, "kim");
        using HttpResponseMessage back = await ComeBackAsync(browser, "/login/oidc?to=%2Fworkers");
        string cookie = CookiesOf(back);
        WhoAmI who = await (await GetAsync(oidc.Server, "/api/v1/whoami", cookie)).ReadAsync<WhoAmI>();
        using HttpResponseMessage admin = await ComeBackAsync(new ProviderBrowser(oidc.Provider.Address, "root"), "/login/oidc");
        string roots = CookiesOf(admin), page = await (await GetAsync(oidc.Server, "/tokens", roots)).Content.ReadAsStringAsync(Cancellation);

        // Signed out everywhere by an admin: the browser has its cookie still, as after the hour.
        using HttpResponseMessage ended = await SendAsync(HttpMethod.Delete, "/api/v1/sessions/kim", roots, Meta().Match(page).Groups[1].Value);
        using HttpResponseMessage refused = await GetAsync(oidc.Server, "/api/v1/whoami", cookie);
        using HttpResponseMessage stranger = await GetAsync(oidc.Server, "/workers?x=1", "", "text/html");
        using HttpResponseMessage led = await GetAsync(oidc.Server, "/workers?x=1", cookie, "text/html");
        using HttpResponseMessage known = await ComeBackAsync(browser, led.Headers.Location!.OriginalString);
        using HttpResponseMessage again = await GetAsync(oidc.Server, "/api/v1/whoami", CookiesOf(known));
        using var http = new HttpClient();
        await http.GetStringAsync($"{oidc.Provider.Address}/test/leave?user=kim", Cancellation);
        using HttpResponseMessage lost = await ComeBackAsync(browser, led.Headers.Location!.OriginalString);

        Assert.Equal(("kim", Role.Operator), (who.Name, who.Role));
        Assert.InRange(who.Expires!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(55), TimeSpan.FromHours(1));
        Assert.InRange(ExpiryOf(back) - TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(9), TimeSpan.FromHours(10));
        Assert.Equal(1, (await ended.ReadAsync<EndedSessions>()).Ended);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("/login?to=%2Fworkers%3Fx%3D1", stranger.Headers.Location?.OriginalString);
        Assert.Equal("/login/oidc?to=%2Fworkers%3Fx%3D1", led.Headers.Location?.OriginalString);
        Assert.Equal("/workers?x=1", known.Headers.Location?.OriginalString);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Contains("User 'kim' has no role here", await lost.DetailAsync(HttpStatusCode.Forbidden));
    }

    /// <summary>At the provider they may be nobody, or somebody else: they are asked.</summary>
    [Fact]
    public async Task User_WhoSignedInWithATokenThatIsRevoked_IsLedToTheForm()
    {
        Assert.SkipWhen(oidc.Missing is not null, oidc.Missing ?? "");
        AccessSettings both = oidc.Access with { Logins = [LoginMethod.Token, LoginMethod.Oidc] };
        await using DashboardServer server = await oidc.Server.StartBesideAsync(TimeProvider.System, access: both);
        var credentials = new Credentials(server.Store, TimeProvider.System);
        MadeToken token = await credentials.MakeTokenAsync(new User("tom", Role.Viewer, []), "", 1, "the test", Cancellation);
        using HttpResponseMessage signed = await SessionTests.SignInAsync(server, token.Token);
        using HttpResponseMessage known = await GetAsync(server, "/workers", CookiesOf(signed), "text/html");
        await credentials.RevokeTokenAsync(token.Made.Id, Cancellation);
        using HttpResponseMessage led = await TestCluster.WaitAsync(async () =>
            await GetAsync(server, "/workers", CookiesOf(signed), "text/html") is { StatusCode: HttpStatusCode.Redirect } sent ? sent : null);

        Assert.Equal(HttpStatusCode.OK, known.StatusCode);
        Assert.Equal("/login?to=%2Fworkers", led.Headers.Location?.OriginalString);
    }

    private async Task<HttpResponseMessage> ComeBackAsync(ProviderBrowser browser, string start)
    {
        using HttpResponseMessage sent = await GetAsync(oidc.Server, start, "");
        Uri callback = await browser.SignInAsync(sent.Headers.Location!, Cancellation);
        return await GetAsync(oidc.Server, callback.PathAndQuery, CookiesOf(sent));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string cookies, string antiforgery)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = oidc.Server.Address };
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", cookies);
        request.Headers.Add(Antiforgery.Header, antiforgery);
        return await http.SendAsync(request, Cancellation);
    }

    private static DateTimeOffset ExpiryOf(HttpResponseMessage answer) => DateTimeOffset.Parse(
        answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("advseg=", StringComparison.Ordinal))
            .Split("expires=")[1].Split(';')[0], CultureInfo.InvariantCulture);

    [GeneratedRegex("<meta name=\"antiforgery\" content=\"([0-9a-f]{64})\"")]
    private static partial Regex Meta();

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

    private static async Task<HttpResponseMessage> GetAsync(DashboardServer server, string path, string cookies, string accept = "*/*")
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", accept);
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

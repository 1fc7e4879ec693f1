using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Servers;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>Two dashboards behind a real nginx that ends TLS, below a path, by the file of <c>deploy/nginx</c>.</summary>
public sealed class NginxSite : IAsyncLifetime
{
    internal const string BasePath = "/advseg";
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority = new("a site", TimeProvider.System.GetUtcNow());
    private readonly NginxServer _nginx = new();
    private readonly int _port = FreePort.Next();
    private DashboardServer? _one;
    private DashboardServer? _other;
    private X509Certificate2? _root;

    internal OidcProvider Provider { get; } = new();

    internal string Address => $"https://127.0.0.1:{_port}";

    /// <summary>Why there is no nginx, or no provider.</summary>
    internal string? Missing { get; private set; }

    internal string Operator { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _authority.WriteTo(_folder.Under("tls"), "nginx");
        _root = X509Certificate2.CreateFromPem(_authority.Pem);
        (int one, int other) = (FreePort.Next(), FreePort.Next());
        Directory.CreateDirectory(_folder.Under("nginx"));
        string site = (await File.ReadAllTextAsync(SourceFile.Of("deploy/nginx/advseg.conf")))
            .Replace("127.0.0.1:5080", $"127.0.0.1:{one}", StringComparison.Ordinal)
            .Replace("127.0.0.1:5081", $"127.0.0.1:{other}", StringComparison.Ordinal)
            .Replace("listen 443 ssl", $"listen 127.0.0.1:{_port} ssl", StringComparison.Ordinal)
            .Replace("/etc/ssl/advseg.crt", _folder.Under("tls/tls.crt"), StringComparison.Ordinal)
            .Replace("/etc/ssl/advseg.key", _folder.Under("tls/tls.key"), StringComparison.Ordinal)
            .Replace($"location {BasePath}/ {{", $"location {BasePath}/ {{ add_header X-Upstream $upstream_addr always;", StringComparison.Ordinal);
        try
        {
            await Provider.StartAsync($"{Address}{BasePath}/login/callback");
            await StartAsync(one, other);
            await _nginx.StartAsync(_folder.Under("nginx"), site, _port);
        }
        catch (MissingPartException e)
        {
            Missing = e.Message;
        }
    }

    /// <summary>A browser that keeps no cookies and follows nothing, and knows the site's authority.</summary>
    internal HttpClient NewBrowser()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_root!);
        return new HttpClient(handler) { BaseAddress = new Uri(Address) };
    }

    private async Task StartAsync(int one, int other)
    {
        var access = new AccessSettings
        {
            Logins = [LoginMethod.Token, LoginMethod.Oidc],
            Oidc = new OidcSettings
            {
                Authority = Provider.Address,
                ClientId = OidcProvider.ClientId,
                NameClaim = "preferred_username",
                FixedNames = "1",
            },
            OidcClientSecret = OidcProvider.ClientSecret,
            Proxy = new ProxySettings { Trusted = "127.0.0.1" },
            Roles = new RoleSettings { Operator = "group:heart" },
            Teams = ["heart"],
        };
        var dashboard = new DashboardSettings { BasePath = BasePath };
        _one = await DashboardServer.StartAsync(_folder.Under("data"), new RehearsalTrainer(), one, access: access, dashboard: dashboard);
        _other = await _one.StartBesideAsync(TimeProvider.System, access: access, port: other, dashboard: dashboard);
        Operator = (await new Credentials(_one.Store, TimeProvider.System).MakeTokenAsync(
            new User("ann", Role.Operator, []), "a test", 1, "the test", CancellationToken.None)).Token;
    }

    public async ValueTask DisposeAsync()
    {
        await _nginx.DisposeAsync();
        foreach (DashboardServer server in new[] { _other, _one }.OfType<DashboardServer>())
        {
            await server.DisposeAsync();
        }

        await Provider.DisposeAsync();
        _root?.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }
}

public sealed partial class NginxTests(NginxSite site) : IClassFixture<NginxSite>
{
    private const string Base = NginxSite.BasePath;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Browser_BehindNginx_SignsInForBothDashboardsAndStaysBelowThePath()
    {
        using HttpClient browser = site.NewBrowser();
        using HttpResponseMessage start = await GetAsync(browser, $"{Base}/workers", "");
        using var form = new FormUrlEncodedContent([new("token", site.Operator), new("to", "/workers")]);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{Base}/login") { Content = form };
        request.Headers.Add("Origin", site.Address);
        using HttpResponseMessage signed = await browser.SendAsync(request, Cancellation);
        string cookie = Assert.Single(signed.Headers.GetValues("Set-Cookie"));
        HashSet<string> upstreams = [];
        for (int i = 0; i < 4; i++)
        {
            using HttpResponseMessage page = await GetAsync(browser, $"{Base}/workers", cookie.Split(';')[0]);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            upstreams.Add(page.Headers.GetValues("X-Upstream").Single());
            string[] addresses = [.. Address().Matches(await page.Content.ReadAsStringAsync(Cancellation)).Select(m => m.Groups[1].Value)];
            Assert.True(addresses.Length > 8);
            Assert.All(addresses, address => Assert.StartsWith($"{Base}/", address, StringComparison.Ordinal));
        }

        Assert.Equal($"{Base}/login?to=%2Fworkers", start.Headers.Location?.OriginalString);
        Assert.Equal((HttpStatusCode.Redirect, $"{Base}/workers"), (signed.StatusCode, signed.Headers.Location?.OriginalString));
        Assert.StartsWith("__Host-advseg=", cookie, StringComparison.Ordinal);
        Assert.Contains("; secure", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; path=/;", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, upstreams.Count);
    }

    [Fact]
    public async Task User_OfTheProvider_ComesBackThroughNginx()
    {
        using HttpClient browser = site.NewBrowser();
        using HttpResponseMessage start = await GetAsync(browser, $"{Base}/login/oidc?to=%2Fworkers", "");
        using var pages = new ProviderBrowser(site.Provider.Address, "ann");
        Uri callback = await pages.SignInAsync(start.Headers.Location!, Cancellation);
        using HttpResponseMessage back = await GetAsync(browser, callback.PathAndQuery, CookiesOf(start));
        using HttpResponseMessage who = await GetAsync(browser, $"{Base}/api/v1/whoami", CookiesOf(back));

        Assert.Equal($"{site.Address}{Base}/login/callback", callback.GetLeftPart(UriPartial.Path));
        Assert.Equal((HttpStatusCode.Redirect, $"{Base}/workers"), (back.StatusCode, back.Headers.Location?.OriginalString));
        Assert.Equal("ann", (await who.ReadAsync<WhoAmI>()).Name);
    }

    /// <summary>nginx would keep them until the stream ends, or a buffer is full.</summary>
    [Fact]
    public async Task Events_BehindNginx_ComeAtOnce()
    {
        using HttpClient program = site.NewBrowser();
        program.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", site.Operator);
        using var yaml = new StringContent(AccessServer.Yaml, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage submitted = await program.PostAsync($"{Base}/api/v1/sweeps", yaml, Cancellation);
        string sweep = (await submitted.ReadAsync<SweepStatus>()).Sweep;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limited.CancelAfter(TimeSpan.FromSeconds(10));
        using HttpResponseMessage events = await program.GetAsync(
            $"{Base}/api/v1/sweeps/{sweep}/events", HttpCompletionOption.ResponseHeadersRead, limited.Token);
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync(limited.Token));

        Assert.StartsWith("event: ", await reader.ReadLineAsync(limited.Token), StringComparison.Ordinal);
        Assert.Equal($"{Base}/api/v1/sweeps/{sweep}", submitted.Headers.Location?.OriginalString);
    }

    private static async Task<HttpResponseMessage> GetAsync(HttpClient browser, string path, string cookies)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Accept", "text/html");
        if (cookies.Length > 0)
        {
            request.Headers.Add("Cookie", cookies);
        }

        return await browser.SendAsync(request, Cancellation);
    }

    private static string CookiesOf(HttpResponseMessage answer) =>
        string.Join("; ", answer.Headers.GetValues("Set-Cookie").Select(c => c.Split(';')[0]).Where(c => !c.EndsWith('=')));

    [GeneratedRegex(" (?:href|src|action|data-part|data-post|data-stream)=\"(/[^\"]*)\"")]
    private static partial Regex Address();
}

using System.Net;
using System.Text;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Errors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>What a server must be told before others reach it, and whom it believes.</summary>
[Collection(AccessCollection.Name)]
public sealed class AccessSettingsTests(AccessServer access)
{
    private const string Secret = "a-secret-of-the-proxy-and-the-server";

    [Theory]
    [InlineData("password", "", "", "", "ADVSEG_LOGIN has 'password'; use token, proxy and oidc")]
    [InlineData("token", "short", "", "", "ADVSEG_ADMIN_TOKEN is shorter than 32 characters")]
    [InlineData("token", "planted planted planted planted planted", "", "", "ADVSEG_ADMIN_TOKEN is shorter than 32 characters, or has others")]
    [InlineData("proxy", "planted-planted-planted-planted-planted", "127.0.0.1", "ann", "set ADVSEG_LOGIN=token too")]
    [InlineData("", "planted-planted-planted-planted-planted", "", "", "set ADVSEG_LOGIN=token too")]
    [InlineData("proxy", "", "", "ann", "in ADVSEG_Proxy__Trusted")]
    [InlineData("proxy", "", "10.0.0.7,0.0.0.0/0", "ann", "has '0.0.0.0/0', which is every address")]
    [InlineData("proxy", "", "127.0.0.1", "ann, heart:admins", "has 'heart:admins', which can be no user's name")]
    [InlineData("proxy", "", "proxy.example", "ann", "has 'proxy.example', which is neither an address nor a network")]
    [InlineData("proxy", "", "127.0.0.1", "", "nobody has a role")]
    [InlineData("oidc", "", "", "ann", "in ADVSEG_Oidc__Authority")]
    public void Settings_ThatDoNotFitTogether_AreRefusedInOneLine(string login, string admin, string trusted, string admins, string expected)
    {
        var e = Assert.Throws<SpecException>(() => Read(login, admin, trusted, admins));

        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("", "127.0.0.1", true)]
    [InlineData("", "::1", true)]
    [InlineData("", "0.0.0.0", false)]
    [InlineData("", "10.0.0.7", false)]
    [InlineData("", "::", false)]
    [InlineData("token", "0.0.0.0", true)]
    public void Address_OffLoopback_NeedsALogin(string login, string address, bool isTaken)
    {
        Exception? thrown = Record.Exception(() => Read(login, "", "", "").RequireFor(IPAddress.Parse(address), "ADVSEG_LISTEN"));

        Assert.Equal(isTaken, thrown is null);
        Assert.True(isTaken || thrown is SpecException { Message: var said } && said.Contains("set ADVSEG_LOGIN=token and ADVSEG_ADMIN_TOKEN_FILE"));
    }

    /// <summary>However the host came to listen there.</summary>
    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("10.0.0.7", false)]
    public async Task Request_ThatArrivesOffLoopback_IsRefusedWithoutALogin(string address, bool isTaken)
    {
        bool reached = false;
        Task ReachAsync(HttpContext asked)
        {
            reached = asked is not null;
            return Task.CompletedTask;
        }

        var gate = new AccessGate(ReachAsync, new AccessSettings(), CallersOf(new AccessSettings()), null!, null!);
        var context = new DefaultHttpContext { Connection = { LocalIpAddress = IPAddress.Parse(address) } };
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(new NeededRight(Right.Open)), "an endpoint"));

        Exception? thrown = await Record.ExceptionAsync(() => gate.InvokeAsync(context));

        Assert.Equal((isTaken, !isTaken), (reached, thrown is RefusedException));
    }

    [Theory]
    [InlineData("root", "", Role.Admin)]
    [InlineData("ann@lab.example", "readers, heart", Role.Operator)]
    [InlineData("ann", "readers", Role.Viewer)]
    [InlineData("ann", "strangers", null)]
    [InlineData("local", "admins", null)]
    [InlineData("a/b", "admins", null)]
    public async Task User_NamedByATrustedProxy_HasTheRoleOfNameAndGroups(string user, string groups, Role? expected)
    {
        using HttpResponseMessage answer = await access.SendAsync(
            HttpMethod.Get, "/api/v1/whoami", null, null, ("X-Forwarded-User", user), ("X-Forwarded-Groups", groups));

        Assert.Equal(expected is null ? HttpStatusCode.Forbidden : HttpStatusCode.OK, answer.StatusCode);
        if (expected is { } role)
        {
            WhoAmI who = await answer.ReadAsync<WhoAmI>();
            Assert.Equal((user, role, "proxy"), (who.Name, who.Role, who.By));
            Assert.Equal(groups, string.Join(", ", who.Teams));
        }
    }

    [Theory]
    [InlineData("10.9.9.9", false)]
    [InlineData("127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("192.168.7.200", true)]
    [InlineData("192.168.8.1", false)]
    public async Task Header_OfAnAddressThatIsNotNamed_IsNotBelieved(string address, bool isBelieved)
    {
        var settings = new AccessSettings
        {
            Logins = [LoginMethod.Proxy],
            Proxy = new ProxySettings { Trusted = "127.0.0.1, 192.168.7.0/24" },
            Roles = new RoleSettings { Admin = "*" },
        };
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse(address) } };
        context.Request.Headers["X-Forwarded-User"] = "root";

        Caller? caller = await CallersOf(settings).FindAsync(context);

        Assert.Equal(isBelieved ? Role.Admin : null, caller?.User.Role);
    }

    /// <summary>Whoever may name groups at the provider would write themselves into any group, or become the server's own admin.</summary>
    [Fact]
    public async Task Group_WithASignInItsName_IsOneGroup()
    {
        var settings = OfAProxy with { Roles = new RoleSettings { Admin = "group:root", Viewer = "*" }, Teams = ["heart"] };

        Caller? caller = await CallersOf(settings).FindAsync(Sent("ann", "lab;root, heart, admin"));

        Assert.Equal(Role.Viewer, caller?.User.Role);
        Assert.Equal(["heart"], caller!.User.Teams);
    }

    /// <summary>Neither a group that is called like a user nor a user who is called like a group or a team has what is theirs.</summary>
    [Theory]
    [InlineData("eve", "root, ann", Role.Viewer)]
    [InlineData("admins", "", Role.Viewer)]
    [InlineData("eve", "admins", Role.Admin)]
    [InlineData("root", "", Role.Admin)]
    [InlineData("heart", "", null)]
    public async Task Name_OfTheOtherKind_GivesNothing(string user, string groups, Role? expected)
    {
        var settings = OfAProxy with { Roles = new RoleSettings { Admin = "root,group:admins", Viewer = "*" }, Teams = ["heart"] };

        Caller? caller = null;
        Exception? thrown = await Record.ExceptionAsync(async () => caller = await CallersOf(settings).FindAsync(Sent(user, groups)));

        Assert.Equal(expected, caller?.User.Role);
        Assert.Empty(caller?.User.Teams ?? []);
        Assert.Equal(expected is null, thrown is RefusedException { Message: "'heart' is a team in ADVSEG_TEAMS; nobody may have its name." });
    }

    /// <summary>Others reach a port from the address of the proxy too: its machine's users, whatever runs beside it.</summary>
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", Secret, true)]
    [InlineData("127.0.0.1", "127.0.0.1", "", false)]
    [InlineData("127.0.0.1", "127.0.0.1", "a-secret-that-somebody-has-guessed-0", false)]
    [InlineData("127.0.0.1", "10.0.0.9", Secret, false)]
    [InlineData("", "10.0.0.9", Secret, true)]
    [InlineData("", "10.0.0.9", "", false)]
    public async Task Proxy_WithASecret_IsBelievedWhenItShowsIt(string trusted, string address, string shown, bool isBelieved)
    {
        var settings = OfAProxy with { Proxy = new ProxySettings { Trusted = trusted }, ProxySecret = Secret };
        HttpContext inHeader = Sent("ann", ""), asPassword = Sent("ann", "");
        inHeader.Request.Headers["X-AdvSeg-Proxy-Secret"] = shown;
        asPassword.Request.Headers.Authorization = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"ann:{shown}"))}";
        foreach (HttpContext context in new[] { inHeader, asPassword })
        {
            context.Connection.RemoteIpAddress = IPAddress.Parse(address);
            Assert.Equal(isBelieved, await CallersOf(settings).FindAsync(context) is not null);
        }
    }

    /// <summary>oauth2-proxy passes on the token of the provider that it has checked.</summary>
    [Theory]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "127.0.0.1", "proxy")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.e30.c2ln", "10.0.0.9", null)]
    [InlineData("advseg_0123456789abcdef_00", "127.0.0.1", null)]
    [InlineData(AccessServer.AdminToken, "127.0.0.1", "token")]
    public async Task Token_OfAnotherKind_IsTheProxysOwn(string text, string address, string? expected)
    {
        var settings = OfAProxy with { Logins = [LoginMethod.Token, LoginMethod.Proxy], AdminToken = AccessServer.AdminToken };
        HttpContext context = Sent("ann", "");
        context.Request.Headers.Authorization = $"Bearer {text}";
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);

        Caller? caller = null;
        Exception? thrown = await Record.ExceptionAsync(async () => caller = await CallersOf(settings).FindAsync(context));

        Assert.Equal((expected, expected is null), (caller?.By, thrown is UnknownUserException));
    }

    /// <summary>Sessions end where nobody may sign in any more as they were begun.</summary>
    [Theory]
    [InlineData(LoginMethod.Token, true, true)]
    [InlineData(LoginMethod.Token, false, false)]
    [InlineData(LoginMethod.Oidc, false, true)]
    [InlineData(LoginMethod.Oidc, true, false)]
    [InlineData(LoginMethod.Proxy, true, false)]
    public async Task Session_WhereItsLoginIsTakenNoMore_HasEnded(LoginMethod login, bool isOfAToken, bool goesOn)
    {
        string token = await access.TokenAsync("ida", Role.Viewer);
        (SecretText cookie, _) = await access.Credentials.MakeAsync(
            CredentialKind.Session, new User("ida", Role.Viewer, []), SignIn.OfBrowser, TimeSpan.FromHours(1), "ida",
            isOfAToken ? token.Split('_')[1] : null, TestContext.Current.CancellationToken);
        var context = new DefaultHttpContext { Request = { Host = new HostString("localhost") } };
        context.Request.Headers.Cookie = $"advseg={cookie}";

        Caller? caller = await CallersOf(new AccessSettings { Logins = [login] }).FindAsync(context);

        Assert.Equal(goesOn, caller is not null);
    }

    [Theory]
    [InlineData("https://login.example", "advseg", true)]
    [InlineData("http://127.0.0.1:7000", "advseg", true)]
    [InlineData("http://login.example", "advseg", false)]
    [InlineData("login.example", "advseg", false)]
    [InlineData("https://login.example", "", false)]
    public void Provider_WithoutTlsOrAClientId_IsRefused(string authority, string client, bool isTaken)
    {
        (string, string?)[] given =
            [("Login", "oidc"), ("Oidc:Authority", authority), ("Oidc:ClientId", client), ("Oidc:NameClaim", "sub"), ("Roles:Admin", "ann")];
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(given.Select(g => KeyValuePair.Create(g.Item1, g.Item2))).Build();

        Assert.Equal(isTaken, Record.Exception(() => AccessSettings.From(configuration)) is null);
    }

    /// <summary>It would let anybody say from which address a request comes.</summary>
    [Fact]
    public void Proxy_TogetherWithForwardedAddressesOfAnybody_IsRefused()
    {
        (string, string?)[] given =
            [("Login", "proxy"), ("Proxy:Trusted", "127.0.0.1"), ("Roles:Admin", "ann"), ("ForwardedHeaders_Enabled", "True")];
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(given.Select(g => KeyValuePair.Create(g.Item1, g.Item2))).Build();

        var e = Assert.Throws<SpecException>(() => AccessSettings.From(configuration));

        Assert.Contains("With ASPNETCORE_FORWARDEDHEADERS_ENABLED", e.Message, StringComparison.Ordinal);
    }

    private static AccessSettings OfAProxy { get; } = new()
    {
        Logins = [LoginMethod.Proxy],
        Proxy = new ProxySettings { Trusted = "127.0.0.1" },
        Roles = new RoleSettings { Viewer = "*" },
    };

    private Callers CallersOf(AccessSettings settings) => new(settings, access.Credentials, new SessionCookie(new DashboardSettings()));

    /// <summary>By a proxy on this machine.</summary>
    private static DefaultHttpContext Sent(string user, string groups)
    {
        var context = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Loopback } };
        context.Request.Headers["X-Forwarded-User"] = user;
        context.Request.Headers["X-Forwarded-Groups"] = groups;
        return context;
    }

    private static AccessSettings Read(string login, string admin, string trusted, string admins) => AccessSettings.From(
        new ConfigurationBuilder().AddInMemoryCollection(
            [new("Login", login), new("Admin_Token", admin), new("Proxy:Trusted", trusted), new("Roles:Admin", admins)]).Build());
}

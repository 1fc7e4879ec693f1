using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using Microsoft.AspNetCore.Http;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>The browser's side: signing in, what its cookie is, what a page must send with a change, and the end.</summary>
[Collection(AccessCollection.Name)]
public sealed partial class SessionTests(AccessServer access)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Person_WhoIsNotSignedIn_IsLedToTheFormAndBack()
    {
        using HttpResponseMessage page = await access.SendAsync(HttpMethod.Get, "/workers?x=1", null, null, ("Accept", "text/html"));
        using HttpResponseMessage form = await access.SendAsync(HttpMethod.Get, page.Headers.Location!.OriginalString, null);
        using HttpResponseMessage part = await access.SendAsync(HttpMethod.Get, "/parts/workers", null, null, ("Accept", "text/html"));
        using HttpResponseMessage wrong = await SignInAsync(access, "advseg_0123456789abcdef_1");
        using HttpResponseMessage signed = await SignInAsync(access, access.Owner, "/workers?x=1");
        string html = await form.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal((HttpStatusCode.Redirect, "/login?to=%2Fworkers%3Fx%3D1"), (page.StatusCode, page.Headers.Location.OriginalString));
        Assert.Contains("value=\"/workers?x=1\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/workers\"", html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, part.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));
        Assert.Equal("/workers?x=1", signed.Headers.Location!.OriginalString);
        Assert.Contains("; httponly", Assert.Single(signed.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; samesite=lax", Assert.Single(signed.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Change_FromASession_NeedsWhatOnlyItsPagesKnow()
    {
        string cookie = await CookieAsync(access.Owner), stranger = await CookieAsync(access.Other);
        string path = $"/api/v1/sweeps/{access.Sweep}/pause";
        string page = await PageAsync($"/sweeps/{access.Sweep}", cookie), foreign = await PageAsync("/", stranger);

        using HttpResponseMessage bare = await access.SendAsync(HttpMethod.Post, path, null, null, ("Cookie", $"advseg={cookie}"));
        using HttpResponseMessage other = await access.SendAsync(
            HttpMethod.Post, path, null, null, ("Cookie", $"advseg={cookie}"), (Antiforgery.Header, AntiforgeryOf(foreign)));
        using HttpResponseMessage own = await access.SendAsync(
            HttpMethod.Post, path, null, null, ("Cookie", $"advseg={cookie}"), (Antiforgery.Header, AntiforgeryOf(page)));

        Assert.Contains("came from no page of this session", await bare.DetailAsync(HttpStatusCode.Forbidden));
        Assert.Equal(HttpStatusCode.Forbidden, other.StatusCode);
        Assert.NotEqual(HttpStatusCode.Forbidden, own.StatusCode);
        Assert.Contains("<b>ann</b>, operator", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"/tokens\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain(cookie, page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SigningOut_EndsTheSessionForWhoeverHasItsCookie()
    {
        string cookie = await CookieAsync(access.Owner);
        string antiforgery = AntiforgeryOf(await PageAsync("/", cookie));
        using HttpResponseMessage without = await PostFormAsync("/logout", cookie, []);
        using HttpResponseMessage still = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", null, null, ("Cookie", $"advseg={cookie}"));
        using HttpResponseMessage end = await PostFormAsync("/logout", cookie, new() { [Antiforgery.Field] = antiforgery });
        using HttpResponseMessage after = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", null, null, ("Cookie", $"advseg={cookie}"));

        Assert.Equal(HttpStatusCode.Forbidden, without.StatusCode);
        Assert.Equal("session", (await still.ReadAsync<WhoAmI>()).By);
        Assert.Equal("/login", end.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task Session_OfATokenThatIsRevoked_EndsWithIt()
    {
        string token = await access.TokenAsync("fay", Role.Viewer);
        string cookie = await CookieAsync(token);
        using HttpResponseMessage before = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", null, null, ("Cookie", $"advseg={cookie}"));
        using HttpResponseMessage revoked = await access.SendAsync(HttpMethod.Delete, $"/api/v1/tokens/{token.Split('_')[1]}", access.Admin);
        using HttpResponseMessage after = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", null, null, ("Cookie", $"advseg={cookie}"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (before.StatusCode, revoked.StatusCode));
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task Admin_OnThePageOfTokens_MakesOneAndRevokesIt()
    {
        string cookie = await CookieAsync(AccessServer.AdminToken);
        string antiforgery = AntiforgeryOf(await PageAsync("/tokens", cookie));
        using HttpResponseMessage made = await PostFormAsync("/tokens", cookie, new()
        {
            [Antiforgery.Field] = antiforgery,
            ["user"] = "gil",
            ["role"] = "viewer",
            ["teams"] = "lung, heart",
            ["days"] = "2",
            ["purpose"] = "<b>x</b>",
        });
        string html = await made.Content.ReadAsStringAsync(Cancellation);
        string token = TokenText().Match(html).Value;
        using HttpResponseMessage who = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", token);
        WhoAmI gil = await who.ReadAsync<WhoAmI>();
        using HttpResponseMessage revoked = await PostFormAsync(
            $"/tokens/{token.Split('_')[1]}/revoke", cookie, new() { [Antiforgery.Field] = antiforgery });
        using HttpResponseMessage after = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", token);

        Assert.Equal(("gil", Role.Viewer, "lung,heart"), (gil.Name, gil.Role, string.Join(',', gil.Teams)));
        Assert.DoesNotContain("<b>x</b>", html, StringComparison.Ordinal);
        Assert.Equal("/tokens", revoked.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
    }

    [Fact]
    public async Task Page_WithData_IsKeptInNoCache()
    {
        string[] paths =
        [
            "/", $"/sweeps/{access.Sweep}", $"/runs/{access.Run}", $"/api/v1/sweeps/{access.Sweep}/report/table1.csv", "/api/v1/sweeps",
        ];
        foreach (string path in paths)
        {
            using HttpResponseMessage answer = await access.SendAsync(HttpMethod.Get, path, access.Viewer);
            Assert.Equal((HttpStatusCode.OK, "no-store"), (answer.StatusCode, answer.Headers.CacheControl?.ToString()));
        }
    }

    [Theory]
    [InlineData("/sweeps/x?state=failed#runs", "/sweeps/x?state=failed#runs")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/\t/evil.example", "/")]
    [InlineData("/\u2215/evil.example", "/")]
    [InlineData("/sweeps/\u00e9", "/")]
    [InlineData("", "/")]
    public void Target_AfterSigningIn_IsOnThisServer(string asked, string expected) => Assert.Equal(expected, SignIn.TargetOf(asked));

    [Theory]
    [InlineData("localhost", "localhost;[::1]", "", "advseg", false)]
    [InlineData("127.0.0.1", "127.0.0.1", "", "advseg", false)]
    [InlineData("127.0.0.1", "127.0.0.1", "https", "__Host-advseg", true)]
    [InlineData("127.0.0.1", "localhost;lab.example", "", "__Host-advseg", true)]
    [InlineData("127.0.0.1", "*", "", "__Host-advseg", true)]
    [InlineData("lab.example", "lab.example", "", "__Host-advseg", true)]
    [InlineData("10.1.2.3", "127.0.0.1", "", "__Host-advseg", true)]
    public void Cookie_OfAServerWithOtherNamesThanLoopback_GoesOverTlsAlone(string host, string allowed, string forwarded, string name, bool secure)
    {
        var context = new DefaultHttpContext { Request = { Host = new HostString(host) } };
        context.Request.Headers["X-Forwarded-Proto"] = forwarded;

        new SessionCookie(new DashboardSettings { AllowedHosts = allowed.Split(';') }).Set(context, "text", DateTimeOffset.UnixEpoch);

        string cookie = context.Response.Headers.SetCookie.ToString();
        Assert.StartsWith($"{name}=text", cookie, StringComparison.Ordinal);
        Assert.Equal(secure, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("http://lab.example", false)]
    [InlineData("http://127.0.0.1:5080", true)]
    [InlineData("https://lab.example", true)]
    [InlineData("", true)]
    public void Session_OfAPageOverHttpFromAnotherMachine_IsNotBegun(string origin, bool isKept)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Origin = origin;

        Assert.Equal(isKept, SessionCookie.IsKeptFor(context.Request));
    }

    /// <summary>Nobody fills the store with sessions.</summary>
    [Fact]
    public async Task Session_AfterTooManyOfItsToken_EndsTheOldest()
    {
        string token = await access.TokenAsync("hal", Role.Viewer), other = await CookieAsync(access.Viewer);
        List<string> cookies = [];
        for (int i = 0; i <= Sessions.Most; i++)
        {
            cookies.Add(await CookieAsync(token));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(cookies[0]));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(cookies[1]));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(cookies[^1]));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
    }

    /// <summary>Whichever dashboard they were begun at.</summary>
    [Fact]
    public async Task Session_AfterTooManyAtTwoDashboards_EndsTheOldest()
    {
        await using DashboardServer second = await access.Server.StartBesideAsync(TimeProvider.System, access: AccessServer.Settings);
        string token = await access.TokenAsync("ivo", Role.Viewer);
        List<string> cookies = [];
        for (int i = 0; i <= Sessions.Most; i++)
        {
            using HttpResponseMessage signed = await SignInAsync(i % 2 == 0 ? access.Server : second, token);
            cookies.Add(CookieOf(signed));
        }

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(cookies[0]));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(cookies[1]));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(cookies[^1]));
    }

    [Fact]
    public async Task Admin_WhoSignsAUserOut_EndsTheirSessionsAndNoOthers()
    {
        string token = await access.TokenAsync("jan", Role.Viewer);
        string[] own = [await CookieAsync(token), await CookieAsync(await access.TokenAsync("jan", Role.Viewer))];
        string other = await CookieAsync(access.Viewer), admin = await CookieAsync(access.Admin);
        using HttpResponseMessage sent = await PostFormAsync(
            "/sessions/end", admin, new() { [Antiforgery.Field] = AntiforgeryOf(await PageAsync("/tokens", admin)), ["user"] = "jan" });
        using HttpResponseMessage none = await access.SendAsync(HttpMethod.Delete, "/api/v1/sessions/jan", access.Admin);
        using HttpResponseMessage wrong = await access.SendAsync(HttpMethod.Delete, "/api/v1/sessions/a%20b", access.Admin);

        Assert.Equal("/tokens", sent.Headers.Location?.OriginalString);
        Assert.Contains("jan has no session; check the name.", await none.DetailAsync(HttpStatusCode.NotFound), StringComparison.Ordinal);
        Assert.Contains("no name of a user", await wrong.DetailAsync(HttpStatusCode.BadRequest));
        foreach (string cookie in own)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(cookie));
        }

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(other));
        using HttpResponseMessage still = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", token);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    /// <summary>The list only counts: who is to be signed out is.</summary>
    [Fact]
    public async Task User_WithAListOfSessionsThatIsDamaged_IsSignedOutEverywhere()
    {
        string[] tokens = [await access.TokenAsync("kim", Role.Viewer), await access.TokenAsync("kim", Role.Viewer)];
        string[] cookies = [await CookieAsync(tokens[0]), await CookieAsync(tokens[0]), await CookieAsync(tokens[1])];
        string list = ArtifactKeys.SessionList(Digest.Of(Encoding.UTF8.GetBytes(tokens[0].Split('_')[1])));
        Assert.True(await access.Server.Store.ExistsAsync(list, Cancellation));
        await access.Server.Store.PutAsync(list, "{"u8.ToArray(), Cancellation);
        using HttpResponseMessage ended = await access.SendAsync(HttpMethod.Delete, "/api/v1/sessions/kim", access.Admin);

        Assert.Equal(3, (await ended.ReadAsync<EndedSessions>()).Ended);
        Assert.All(await Task.WhenAll(cookies.Select(StatusAsync)), status => Assert.Equal(HttpStatusCode.Unauthorized, status));
        await access.Server.Store.DeleteAsync(list, Cancellation);
    }

    private async Task<HttpStatusCode> StatusAsync(string cookie)
    {
        using HttpResponseMessage answer = await access.SendAsync(HttpMethod.Get, "/api/v1/whoami", null, null, ("Cookie", $"advseg={cookie}"));
        return answer.StatusCode;
    }

    internal static Task<HttpResponseMessage> SignInAsync(AccessServer access, string token, string to = "/") =>
        SignInAsync(access.Server, token, to);

    internal static async Task<HttpResponseMessage> SignInAsync(DashboardServer server, string token, string to = "/")
    {
        using HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = server.Address };
        using var form = new FormUrlEncodedContent([new("token", token), new("to", to)]);
        return await http.PostAsync("/login", form, Cancellation);
    }

    internal static string CookieOf(HttpResponseMessage signed) =>
        Assert.Single(signed.Headers.GetValues("Set-Cookie")).Split(';')[0]["advseg=".Length..];

    private async Task<string> CookieAsync(string token)
    {
        using HttpResponseMessage signed = await SignInAsync(access, token);
        return CookieOf(signed);
    }

    private async Task<string> PageAsync(string path, string cookie)
    {
        using HttpResponseMessage page = await access.SendAsync(
            HttpMethod.Get, path, null, null, ("Cookie", $"advseg={cookie}"), ("Accept", "text/html"));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return await page.Content.ReadAsStringAsync(Cancellation);
    }

    private async Task<HttpResponseMessage> PostFormAsync(string path, string cookie, Dictionary<string, string> fields)
    {
        using HttpClient http = access.NewBrowser();
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Cookie", $"advseg={cookie}");
        return await http.SendAsync(request, Cancellation);
    }

    private static string AntiforgeryOf(string html) => Meta().Match(html).Groups["value"].Value;

    [GeneratedRegex("<meta name=\"antiforgery\" content=\"(?<value>[0-9a-f]{64})\"")]
    private static partial Regex Meta();

    [GeneratedRegex("advseg_[0-9a-f]{16}_[0-9a-f]{64}")]
    private static partial Regex TokenText();
}

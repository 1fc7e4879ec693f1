using System.Net;
using System.Text.RegularExpressions;
using AdvSeg.Core.Access;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>What a browser is told with every page, and what no page holds.</summary>
[Collection(AccessCollection.Name)]
public sealed partial class BrowserTests(AccessServer access)
{
    private static readonly string[] NoPages = ["api/", "assets/", "healthz/", "login/", "metrics", "openapi/"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every page there is, those of errors too, by the endpoints of the server: a new one is asked as well.</summary>
    [Fact]
    public async Task EveryPage_SaysWhatBrowsersMayDoWithIt_AndHoldsNoScriptOrStyleOfItsOwn()
    {
        using HttpResponseMessage signed = await SessionTests.SignInAsync(access, access.Admin);
        string admin = SessionTests.CookieOf(signed);
        using HttpResponseMessage viewers = await SessionTests.SignInAsync(access, access.Viewer);
        (string Path, string? Cookie, HttpStatusCode Status)[] pages =
        [
            .. access.Server.Endpoints.OfType<RouteEndpoint>().Where(IsPage).Select(e => (access.Fill(e), (string?)admin, HttpStatusCode.OK)),
            ("/nothing-is-here", admin, HttpStatusCode.NotFound),
            ("/sweeps/none-1a2b3c4d", admin, HttpStatusCode.NotFound),
            ("/tokens", SessionTests.CookieOf(viewers), HttpStatusCode.Forbidden),
            ("/login", null, HttpStatusCode.OK),
        ];
        List<string> wrong = [];
        foreach ((string path, string? cookie, HttpStatusCode status) in pages)
        {
            (string, string)[] headers = cookie is null ? [("Accept", "text/html")] : [("Accept", "text/html"), ("Cookie", $"advseg={cookie}")];
            using HttpResponseMessage answer = await access.SendAsync(HttpMethod.Get, path, null, null, headers);
            string html = await answer.Content.ReadAsStringAsync(Cancellation);
            wrong.AddRange(WrongHeaders(answer, status).Concat(WrongContent(html)).Select(what => $"{path}: {what}"));
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(pages.Length > 15);
        Assert.DoesNotContain("unsafe", SecurityHeaders.PagePolicy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_AfterItsHours_IsOver()
    {
        using var folder = new TempFolder();
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var credentials = new Credentials(new FolderArtifactStore(folder.Path, TimeProvider.System), clock);
        (SecretText secret, _) = await credentials.MakeAsync(
            CredentialKind.Session, new User("ann", Role.Viewer, []), "browser", TimeSpan.FromHours(10), "ann", null, Cancellation);

        clock.Advance(TimeSpan.FromHours(10) - TimeSpan.FromSeconds(1));
        Assert.NotNull(await credentials.FindAsync(CredentialKind.Session, secret.ToString(), Cancellation));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await credentials.FindAsync(CredentialKind.Session, secret.ToString(), Cancellation));
    }

    private static bool IsPage(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true
        && !NoPages.Any(endpoint.RoutePattern.RawText!.TrimStart('/').StartsWith);

    private static IEnumerable<string> WrongHeaders(HttpResponseMessage answer, HttpStatusCode status)
    {
        (string Name, string Expected)[] headers =
        [
            ("Cache-Control", "no-store"), ("Content-Security-Policy", SecurityHeaders.PagePolicy), ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
        ];
        if (answer.StatusCode != status)
        {
            yield return $"answered {answer.StatusCode}";
        }

        foreach ((string name, string expected) in headers)
        {
            string said = answer.Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(", ", values) : "nothing";
            if (said != expected)
            {
                yield return $"{name} is {said}";
            }
        }

        if (answer.Content.Headers.ContentType?.MediaType != "text/html")
        {
            yield return $"it is {answer.Content.Headers.ContentType}";
        }

        if (answer.Headers.Contains("Set-Cookie") || answer.Headers.Contains("Access-Control-Allow-Origin") || answer.Headers.Contains("Server"))
        {
            yield return "it sets a cookie, opens itself to other sites, or names its server";
        }
    }

    /// <summary>What the policy would stop, so that a page relies on none of it; and forms that another site could send.</summary>
    private static IEnumerable<string> WrongContent(string html)
    {
        foreach (Match match in Inline().Matches(html))
        {
            yield return $"holds {match.Value}";
        }

        foreach (Match form in PostForm().Matches(html))
        {
            if (!form.Value.Contains("action=\"/login\"", StringComparison.Ordinal)
                && !Regex.IsMatch(form.Value, $"name=\"{Antiforgery.Field}\" value=\"[0-9a-f]{{64}}\""))
            {
                yield return $"has a form without its antiforgery value: {form.Value}";
            }
        }
    }

    [GeneratedRegex("""<script(?![^>]*\ssrc=)[^>]*>|<style|\sstyle="|\son[a-z]+="|javascript:|<(?:iframe|object|embed|base)\b""")]
    private static partial Regex Inline();

    [GeneratedRegex("""<form[^>]*method="post".*?</form>""", RegexOptions.Singleline)]
    private static partial Regex PostForm();
}

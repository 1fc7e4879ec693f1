using System.Net;
using System.Text.RegularExpressions;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Dashboard;

[Collection(FinishedSweep.Collection)]
public sealed partial class WebTests(FinishedSweep finished)
{
    private readonly DashboardServer _server = finished.Server;

    [Theory]
    [InlineData("localhost", HttpStatusCode.OK)]
    [InlineData("127.0.0.1:9999", HttpStatusCode.OK)]
    [InlineData("[::1]:80", HttpStatusCode.OK)]
    [InlineData("evil.example", HttpStatusCode.Forbidden)]
    [InlineData("localhost.evil.example", HttpStatusCode.Forbidden)]
    [InlineData("169.254.1.1", HttpStatusCode.Forbidden)]
    [InlineData("xn--zzzzzzzzzzzz", HttpStatusCode.BadRequest)]
    public async Task Request_UnderAName_IsAnsweredOnlyWhenTheNameIsAllowed(string host, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/sweeps") { Headers = { Host = host } };
        using HttpResponseMessage response = await _server.Http.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "http://127.0.0.1:1")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Change_SentByAPageOfAnotherSite_IsRefusedAndChangesNothing(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sweeps/{finished.Id}/pause") { Headers = { { header, value } } };
        using HttpResponseMessage response = await _server.Http.SendAsync(request);

        Assert.Contains("another site", await response.DetailAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Change_SentByOwnPage_IsAccepted()
    {
        string own = _server.Address.GetLeftPart(UriPartial.Authority);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/sweeps/{finished.Id}/resume")
        {
            Headers = { { "Origin", own }, { "Sec-Fetch-Site", "same-origin" } },
        };
        using HttpResponseMessage response = await _server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>
    /// What browsers and proxies send when a button is pressed at https://lab.example: the proxy ends TLS, and passes the name on or not.
    /// </summary>
    [Theory]
    [InlineData("lab.example", "https://lab.example", "same-origin", "lab.example", HttpStatusCode.OK)]
    [InlineData("lab.example", "https://lab.example", null, "lab.example", HttpStatusCode.OK)]
    [InlineData(null, "https://lab.example", "same-origin", "", HttpStatusCode.OK)]
    [InlineData(null, "https://lab.example", null, "lab.example", HttpStatusCode.OK)]
    [InlineData(null, "https://lab.example", null, "", HttpStatusCode.Forbidden)]
    [InlineData(null, "https://lab.example:8443", null, "lab.example", HttpStatusCode.Forbidden)]
    [InlineData("lab.example", "https://lab.example", "same-origin", "", HttpStatusCode.Forbidden)]
    [InlineData("lab.example", "https://evil.example", null, "lab.example", HttpStatusCode.Forbidden)]
    [InlineData("lab.example", "https://lab.example", "cross-site", "lab.example", HttpStatusCode.Forbidden)]
    [InlineData("lab.example", "https://evil.example", null, "*", HttpStatusCode.Forbidden)]
    [InlineData("anything.example", "https://anything.example", null, "*", HttpStatusCode.OK)]
    public async Task Change_ThroughAProxyThatEndsTls_IsAcceptedFromOwnPagesOnly(
        string? host, string origin, string? site, string allowed, HttpStatusCode expected)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Dashboard:AllowedHosts", allowed)]).Build();
        DashboardSettings settings = DashboardSettings.From(configuration);
        var guard = new RequestGuard(c => Task.CompletedTask, settings with { AllowedHosts = [.. settings.AllowedHosts, "127.0.0.1"] });
        var context = new DefaultHttpContext { Request = { Method = "POST", Scheme = "http", Host = new HostString(host ?? "127.0.0.1:5080") } };
        context.Request.Headers.Origin = origin;
        context.Request.Headers["Sec-Fetch-Site"] = site;
        await guard.InvokeAsync(context);

        Assert.Equal((int)expected, context.Response.StatusCode);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/workers")]
    [InlineData("/sweeps/ID")]
    [InlineData("/assets/site.css")]
    [InlineData("/healthz/live")]
    [InlineData("/healthz/ready")]
    [InlineData("/api/v1/sweeps")]
    [InlineData("/api/v1/sweeps/ID")]
    [InlineData("/api/v1/sweeps/ID/report/table1.csv")]
    [InlineData("/api/v1/sweeps/none-00000000")]
    [InlineData("/nothing/here")]
    public async Task Head_WhereGetIsTaken_AnswersTheSameWithoutABody(string path)
    {
        string address = path.Replace("ID", finished.Id, StringComparison.Ordinal);
        using HttpResponseMessage get = await _server.Http.GetAsync(address);
        using var request = new HttpRequestMessage(HttpMethod.Head, address);
        using HttpResponseMessage head = await _server.Http.SendAsync(request);

        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Head_OfAnEventStream_Ends()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/v1/sweeps/{finished.Id}/events");
        using HttpResponseMessage head = await _server.Http.SendAsync(request);

        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (head.StatusCode, head.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Head_WhereOnlyPostIsTaken_IsNotAllowedAndChangesNothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/api/v1/sweeps/{finished.Id}/cancel");
        using HttpResponseMessage head = await _server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, head.StatusCode);
    }

    [Fact]
    public async Task Health_OfARunningServer_IsLiveAndReady()
    {
        Assert.Equal("live\n", await _server.Http.GetStringAsync("/healthz/live"));
        string ready = await TestCluster.WaitAsync(async () =>
        {
            using HttpResponseMessage response = await _server.Http.GetAsync("/healthz/ready");
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : null;
        });
        Assert.Equal("""{"ready":true,"reasons":[]}""", ready);
    }

    [Fact]
    public async Task Metrics_Scraped_CountRunsByStateAndNameNoRunOrPatient()
    {
        await Until.HoldsAsync(
            () => _server.Gauge("advseg_runs", "state", "completed") >= finished.Status.Completed
                && _server.Gauge("advseg_workers", "state", "active") == 1,
            TimeSpan.FromSeconds(60));

        // The exporter may still give the scrape of a moment ago.
        string text = await TestCluster.WaitAsync(
            async () => await _server.Http.GetStringAsync("/metrics") is var scraped && scraped.Contains("\nadvseg_runs{", StringComparison.Ordinal)
                ? scraped
                : null);

        Assert.Matches("(?m)^advseg_runs\\{.*state=\"completed\".*\\} \\d", text);
        Assert.Matches("(?m)^advseg_build_info\\{.*version=\"\\d+\\.\\d+\\.\\d+\".*\\} 1", text);
        Assert.Matches("(?m)^advseg_worker_slots\\{.*state=\"free\".*\\} \\d", text);
        Assert.Matches("(?m)^advseg_workers\\{.*state=\"active\".*\\} \\d", text);
        Assert.Contains("orleans_", text);
        RunPage page = await _server.GetAsync<RunPage>($"/api/v1/sweeps/{finished.Id}/runs?count=1000");
        Assert.DoesNotContain(page.Rows, r => text.Contains(r.Run[..12], StringComparison.Ordinal));
        Assert.DoesNotContain("patient", text);
    }

    [Fact]
    public async Task Pages_OfAFinishedSweep_ShowItsScoresWithoutScript()
    {
        string list = await PageAsync("/");
        string sweep = await PageAsync($"/sweeps/{finished.Id}");
        RunPage completed = await _server.GetAsync<RunPage>($"/api/v1/sweeps/{finished.Id}/runs?state=completed&count=1");
        string run = await PageAsync($"/runs/{completed.Rows[0].Run}");

        Assert.Contains($"href=\"/sweeps/{finished.Id}\"", list);
        CellView[] cells = await _server.GetAsync<CellView[]>($"/api/v1/sweeps/{finished.Id}/cells");
        Assert.All(cells.SelectMany(c => c.Variants), v => Assert.Contains($"{v.Dice:0.000}<small>", sweep));
        Assert.Contains("fig3.svg?k=", sweep);
        Assert.Contains("fig2.png", sweep);
        RunResult result = await _server.GetAsync<RunResult>($"/api/v1/runs/{completed.Rows[0].Run}");
        Assert.Contains(result.ResultDigest, run);
        Assert.All(result.Scores.HeldOut, p => Assert.Contains($"{p.Tumour.Sensitivity:0.000}", run));
    }

    [Fact]
    public async Task Pages_UnderTheContentPolicy_HaveNothingInlineAndNoForeignAddress()
    {
        RunPage completed = await _server.GetAsync<RunPage>($"/api/v1/sweeps/{finished.Id}/runs?state=completed&count=1");
        foreach (string path in new[] { "/", "/workers", $"/sweeps/{finished.Id}", $"/runs/{completed.Rows[0].Run}" })
        {
            using HttpResponseMessage response = await _server.Http.GetAsync(path);
            string html = await response.Content.ReadAsStringAsync();
            Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single());
            Assert.DoesNotMatch("<style|style=|\\son\\w+=|<script(?![^>]*src=\"/assets/)|(src|href)=\"(https?:)?//", html);
            foreach (Match asset in AssetAddress().Matches(html))
            {
                using HttpResponseMessage file = await _server.Http.GetAsync(asset.Groups[1].Value);
                Assert.True(file.IsSuccessStatusCode, asset.Value);
                Assert.Contains("immutable", file.Headers.CacheControl!.ToString());
            }
        }
    }

    [Fact]
    public async Task Page_OfASweepThatIsNotThere_IsAPageThatSaysSo()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/sweeps/none-12345678") { Headers = { { "Accept", "text/html" } } };
        using HttpResponseMessage response = await _server.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("There is no sweep &#x27;none-12345678&#x27;", await response.Content.ReadAsStringAsync());
    }

    private async Task<string> PageAsync(string path)
    {
        using HttpResponseMessage response = await _server.Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/html", response.Content.Headers.ContentType!.MediaType);
        return await response.Content.ReadAsStringAsync();
    }

    [GeneratedRegex("\"(/assets/[^\"]+)\"")]
    private static partial Regex AssetAddress();
}

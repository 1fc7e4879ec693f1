using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>A real browser, which keeps six connections to a server, with more tabs than that. Skipped where there is no Chromium.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class ManyTabsTests : IAsyncLifetime
{
    private const int Tabs = 9;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new();
    private DashboardServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await DashboardServer.StartAsync(_folder.Under("data"), new HashTrainer());

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Tabs_MoreThanABrowserHasConnections_AllLoadAndStayCurrent()
    {
        Assert.SkipUnless(Find() is not null, "Chromium is not installed here.");
        string[] sweeps = [await SubmitPausedAsync("first"), await SubmitPausedAsync("second"), await SubmitPausedAsync("third")];
        using Process browser = StartBrowser();
        try
        {
            using var devtools = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{await PortAsync()}/") };
            for (int i = 0; i < Tabs; i++)
            {
                Uri page = new(_server.Address, $"/sweeps/{sweeps[i % sweeps.Length]}?tab={i}");
                using HttpResponseMessage opened = await devtools.PutAsync($"json/new?{Uri.EscapeDataString(page.AbsoluteUri)}", null);
                Assert.True(opened.IsSuccessStatusCode);
                int loaded = i;
                await Until.HoldsAsync(async () => (await TitlesAsync(devtools)).Count(IsOurs) > loaded, Limit);
            }

            // What is left for everybody else of this browser is the point of it.
            string workers = Uri.EscapeDataString(new Uri(_server.Address, "/workers").AbsoluteUri);
            using HttpResponseMessage last = await devtools.PutAsync($"json/new?{workers}", null);
            await Until.HoldsAsync(async () => (await TitlesAsync(devtools)).Contains("Workers · AdvSeg"), Limit);

            (string Id, string Socket)[] tabs = await SweepTabsAsync(devtools);
            Assert.Equal(Tabs, tabs.Length);
            Assert.All(await Task.WhenAll(tabs.Select(t => BadgeAsync(t.Socket))), badge => Assert.Equal("Paused", badge));
            foreach (string sweep in sweeps)
            {
                using HttpResponseMessage resumed = await _server.Http.PostAsync($"/api/v1/sweeps/{sweep}/resume", null);
                Assert.False((await resumed.ReadAsync<SweepStatus>()).Paused);
            }

            foreach ((string id, string socket) in tabs)
            {
                // A tab that nobody looks at asks for nothing.
                using HttpResponseMessage shown = await devtools.GetAsync($"json/activate/{id}");
                await Until.HoldsAsync(async () => await BadgeAsync(socket) != "Paused", Limit);
            }
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync(CancellationToken.None);
        }
    }

    private async Task<string> SubmitPausedAsync(string name)
    {
        using HttpResponseMessage response = await _server.SubmitAsync(FinishedSweep.Yaml.Replace("shown", name, StringComparison.Ordinal));
        Assert.True(response.IsSuccessStatusCode);
        string id = (await response.ReadAsync<SweepStatus>()).Sweep;
        using HttpResponseMessage paused = await _server.Http.PostAsync($"/api/v1/sweeps/{id}/pause", null);
        Assert.True((await paused.ReadAsync<SweepStatus>()).Paused);
        return id;
    }

    private Process StartBrowser() => Process.Start(new ProcessStartInfo(
        Find()!,
        [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", "--no-first-run",
            "--remote-debugging-port=0", $"--user-data-dir={_folder.Under("browser")}", "about:blank",
        ])
    { RedirectStandardError = true, RedirectStandardOutput = true })!;

    /// <summary>The browser takes a free port and writes it down.</summary>
    private async Task<int> PortAsync()
    {
        string file = _folder.Under("browser", "DevToolsActivePort");
        string text = await Until.AnsweredAsync(
            () => Task.FromResult(File.Exists(file) && File.ReadAllLines(file) is [var line, ..] ? line : null), Limit);
        return int.Parse(text, CultureInfo.InvariantCulture);
    }

    private static async Task<string[]> TitlesAsync(HttpClient devtools)
    {
        using JsonDocument targets = JsonDocument.Parse(await devtools.GetStringAsync("json/list"));
        return
        [
            .. targets.RootElement.EnumerateArray().Where(t => t.GetProperty("type").GetString() == "page")
                .Select(t => t.GetProperty("title").GetString()!),
        ];
    }

    private static async Task<(string Id, string Socket)[]> SweepTabsAsync(HttpClient devtools)
    {
        using JsonDocument targets = JsonDocument.Parse(await devtools.GetStringAsync("json/list"));
        return
        [
            .. targets.RootElement.EnumerateArray().Where(t => t.GetProperty("url").GetString()!.Contains("?tab=", StringComparison.Ordinal))
                .Select(t => (t.GetProperty("id").GetString()!, t.GetProperty("webSocketDebuggerUrl").GetString()!)),
        ];
    }

    /// <summary>What a tab shows of its sweep's stage at this moment.</summary>
    private static async Task<string> BadgeAsync(string tab)
    {
        using var socket = new ClientWebSocket();
        using var limit = new CancellationTokenSource(Limit);
        await socket.ConnectAsync(new Uri(tab), limit.Token);
        const string Question = """
            {"id":1,"method":"Runtime.evaluate","params":{"expression":"document.querySelector('h1 .badge').textContent","returnByValue":true}}
            """;
        await socket.SendAsync(Encoding.UTF8.GetBytes(Question), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        byte[] answer = new byte[1 << 16];
        int length = 0;
        for (bool whole = false; !whole;)
        {
            WebSocketReceiveResult part = await socket.ReceiveAsync(new ArraySegment<byte>(answer, length, answer.Length - length), limit.Token);
            (length, whole) = (length + part.Count, part.EndOfMessage);
        }

        using JsonDocument read = JsonDocument.Parse(answer.AsMemory(0, length));
        return read.RootElement.GetProperty("result").GetProperty("result").GetProperty("value").GetString()!;
    }

    private static bool IsOurs(string title) => title.EndsWith("· AdvSeg", StringComparison.Ordinal);

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser", "google-chrome" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);
}

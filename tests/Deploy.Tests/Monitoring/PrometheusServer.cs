using System.Text.Json;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.Monitoring;

/// <summary>A Prometheus of one's own, with AdvSeg's rules, that scrapes every two seconds.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly int _port = FreePort.Next();
    private readonly LoggedProcess _process;

    private PrometheusServer(string folder, IEnumerable<string> targets)
    {
        string config = Path.Combine(folder, "prometheus.yml");
        File.WriteAllText(config, $"""
            global: {"{"}scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 5s{"}"}
            rule_files: ["{Checkout.PathOf("deploy", "prometheus", "advseg.rules.yml")}"]
            scrape_configs:
            - job_name: advseg
              static_configs:
              - targets: [{string.Join(", ", targets.Select(t => $"\"{t}\""))}]
            """);
        _process = LoggedProcess.Start("prometheus",
        [
            $"--config.file={config}", $"--storage.tsdb.path={Path.Combine(folder, "tsdb")}", $"--web.listen-address=127.0.0.1:{_port}",
        ]);
    }

    /// <exception cref="MissingPartException">There is no Prometheus here.</exception>
    public static async Task<PrometheusServer> StartAsync(string folder, IEnumerable<string> targets)
    {
        var server = new PrometheusServer(Directory.CreateDirectory(Path.Combine(folder, "prometheus")).FullName, targets);
        await server._process.LineAsync(l => l.Contains("Server is ready", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        return server;
    }

    /// <summary>How many series a query finds now.</summary>
    /// <exception cref="InvalidOperationException">Prometheus refuses the query.</exception>
    public async Task<int> CountAsync(string expression)
    {
        using JsonDocument answer = await AskAsync($"query?query={Uri.EscapeDataString(expression)}");
        JsonElement result = answer.RootElement.GetProperty("data").GetProperty("result");
        return result.GetArrayLength();
    }

    /// <summary>Alerts that fire.</summary>
    public async Task<IReadOnlyList<string>> AlertsAsync()
    {
        using JsonDocument answer = await AskAsync("alerts");
        return [.. answer.RootElement.GetProperty("data").GetProperty("alerts").EnumerateArray()
            .Where(a => a.GetProperty("state").GetString() == "firing")
            .Select(a => a.GetProperty("labels").GetProperty("alertname").GetString()!)];
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _http.Dispose();
    }

    private async Task<JsonDocument> AskAsync(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri($"http://127.0.0.1:{_port}/api/v1/{path}"));
        string text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonDocument.Parse(text) : throw new InvalidOperationException($"{path}: {text}");
    }
}

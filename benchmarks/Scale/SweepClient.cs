using System.Text;
using System.Text.Json;

namespace AdvSeg.Scale;

/// <summary>What the benchmark reads of a sweep's status.</summary>
internal sealed record SweepState(string Sweep, int Planned, int Completed, int Failed, DateTimeOffset Started, DateTimeOffset? Ended, bool Reported)
{
    public bool IsOver => Ended is not null;
}

/// <summary>The HTTP API as any client uses it.</summary>
internal sealed class SweepClient(Uri address) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };

    public void Dispose() => _http.Dispose();

    /// <summary>Brings the sweep's cohorts into the store.</summary>
    public async Task PrepareAsync(string yaml) => await PostAsync("api/v1/sweeps?start=false", yaml);

    public async Task<SweepState> SubmitAsync(string yaml) => Read(await PostAsync("api/v1/sweeps", yaml));

    public async Task<SweepState> StatusAsync(string sweep) => Read(await GetAsync($"api/v1/sweeps/{sweep}"));

    public async Task CancelAsync(string sweep)
    {
        using HttpResponseMessage response = await _http.PostAsync(new Uri($"api/v1/sweeps/{sweep}/cancel?reason=measured", UriKind.Relative), null);
        await CheckedAsync(response);
    }

    /// <summary>Runs and the versions of their newest progress.</summary>
    public async Task<IReadOnlyList<(string Run, long Version)>> ProgressAsync(string sweep)
    {
        using JsonDocument batch = JsonDocument.Parse(await GetAsync($"api/v1/sweeps/{sweep}/progress"));
        return
        [
            .. batch.RootElement.GetProperty("runs").EnumerateArray().Select(
                r => (r.GetProperty("run").GetString()!, r.GetProperty("version").GetInt64())),
        ];
    }

    /// <summary>Every byte of an answer.</summary>
    /// <exception cref="HttpRequestException">It is no success.</exception>
    public async Task<string> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri(path, UriKind.Relative));
        return await CheckedAsync(response);
    }

    private async Task<string> PostAsync(string path, string yaml)
    {
        using var content = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage response = await _http.PostAsync(new Uri(path, UriKind.Relative), content);
        return await CheckedAsync(response);
    }

    private static async Task<string> CheckedAsync(HttpResponseMessage response)
    {
        string text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? text
            : throw new HttpRequestException($"{response.RequestMessage?.RequestUri}: {(int)response.StatusCode} {text}");
    }

    private static SweepState Read(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        JsonElement status = document.RootElement;
        return new SweepState(
            status.GetProperty("sweep").GetString()!,
            status.GetProperty("planned").GetInt32(),
            status.GetProperty("completed").GetInt32(),
            status.GetProperty("failed").GetInt32(),
            status.GetProperty("started").GetDateTimeOffset(),
            status.TryGetProperty("ended", out JsonElement ended) ? ended.GetDateTimeOffset() : null,
            status.GetProperty("reported").GetBoolean());
    }
}

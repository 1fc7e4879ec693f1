using System.Text.Json;

namespace AdvSeg.Scale;

/// <summary>Many slots that report once a second: whether anything is lost, and how fast renewals are answered.</summary>
internal sealed class RenewalCheck(Cluster cluster, ScaleOptions options, TimeProvider clock)
{
    /// <summary>Trains as many runs as there are slots, all at once.</summary>
    /// <returns>The report and whether nothing was lost.</returns>
    public async Task<(string Report, bool Holds)> RunAsync()
    {
        var run = new SweepRun(cluster, options, clock);
        using var stop = new CancellationTokenSource();
        Task<double> oldest = WatchAsync(stop.Token);
        Measurement measured = await run.MeasureAsync(1, options.Runs);
        await stop.CancelAsync();
        int again = RunsOfSeveralAttempts();
        string report =
            $"{measured}\n{measured.Details()}\n{measured.Runs} runs completed, {again} took more than one attempt; progress was at most "
                + $"{await oldest:0.0} s old; "
            + $"{cluster.NotRenewed} renewals failed; renewals {Measurement.Spread([.. cluster.Renewals])}";
        return (report, again == 0 && cluster.NotRenewed == 0);
    }

    /// <summary>The longest that a run which still ran said nothing new, seconds.</summary>
    private async Task<double> WatchAsync(CancellationToken stop)
    {
        using var client = new SweepClient(cluster.Control.Address);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        Dictionary<string, (long Version, long At)> seen = [];
        TimeSpan oldest = TimeSpan.Zero;
        string? sweep = null;
        while (!stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            sweep ??= await FirstSweepAsync(client);
            foreach ((string name, long version) in sweep is null ? [] : await client.ProgressAsync(sweep))
            {
                if (!seen.TryGetValue(name, out (long Version, long At) known) || known.Version != version)
                {
                    oldest = known.At == 0 || clock.GetElapsedTime(known.At) < oldest ? oldest : clock.GetElapsedTime(known.At);
                    seen[name] = (version, clock.GetTimestamp());
                }
            }
        }

        return oldest.TotalSeconds;
    }

    private static async Task<string?> FirstSweepAsync(SweepClient client)
    {
        using JsonDocument sweeps = JsonDocument.Parse(await client.GetAsync("api/v1/sweeps"));
        return sweeps.RootElement.GetArrayLength() == 0 ? null : sweeps.RootElement[0].GetProperty("sweep").GetString();
    }

    private int RunsOfSeveralAttempts() =>
        Directory.EnumerateFiles(Path.Combine(cluster.Folder, "runs"), "result.json", SearchOption.AllDirectories).Count(file =>
    {
        using JsonDocument result = JsonDocument.Parse(File.ReadAllBytes(file));
        return result.RootElement.GetProperty("provenance").GetProperty("attempts").GetInt32() > 1;
    });
}

using System.Text.Json.Nodes;

namespace AdvSeg.Client.Tests.Compatibility;

/// <summary>A sweep that the release of commit 296804e finished, one run of it cancelled, says what it said then.</summary>
[Trait("Category", "EndToEnd")]
public sealed class FinishedSweepTests(ServedSweep served) : IClassFixture<ServedSweep>
{
    [Theory]
    [InlineData("ls.json", "ls")]
    [InlineData("get.json", "get SWEEP")]
    [InlineData("runs.json", "runs SWEEP")]
    [InlineData("report.json", "report SWEEP")]
    [InlineData("compare.json", "compare SWEEP/adversarial SWEEP/hybrid")]
    public async Task FinishedSweep_OfTheOldRelease_SaysWhatItSaid(string file, string command) =>
        AssertSays(file, await served.Server.JsonAsync(command.Replace("SWEEP", served.Id, StringComparison.Ordinal).Split(' ')));

    [Fact]
    public async Task CellsAndRuns_OfTheOldRelease_SayWhatTheySaid()
    {
        using var http = new HttpClient { BaseAddress = new Uri(served.Server.Address) };
        string sweep = $"/api/v1/sweeps/{served.Id}";

        AssertSays("cells.json", JsonNode.Parse(await http.GetStringAsync($"{sweep}/cells"))!);
        JsonArray expected = OldFolder.Expected("finished/why.json").AsArray();
        Assert.NotEmpty(expected);
        foreach (JsonNode? why in expected)
        {
            AssertSays(why, JsonNode.Parse(await http.GetStringAsync($"{sweep}/runs/{why!["run"]}/why")), $"why of {why["run"]}");
        }
    }

    [Fact]
    public async Task Report_OfTheOldRelease_IsGivenByteForByte()
    {
        using var untouched = new OldFolder("finished");
        string saved = served.Folder.File("saved");

        CommandResult result = await served.Server.RunAsync("report", served.Id, "--output", saved);

        Assert.True(result.ExitCode == 0, result.Error);
        string[] stored = Directory.GetFiles(Path.Combine(untouched.Data, "sweeps", served.Id, "report"));
        Assert.True(stored.Length >= 6, $"the old report has {stored.Length} files");
        Assert.All(stored, file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(saved, Path.GetFileName(file)))));
    }

    /// <summary>
    /// The report is lost and computed again from the stored results; columns and rows may have been added since, and intervals and tests over
    /// patients are by better methods: t instead of percentiles, exact with ties.
    /// </summary>
    [Fact]
    public async Task FinishedSweep_WhoseReportIsGone_GetsTheSameNumbersAgain()
    {
        using var old = new OldFolder("finished");
        string id = old.Sweep("finished");
        string report = Path.Combine(old.Data, "sweeps", id, "report");
        Directory.Move(report, old.File("before"));

        await using (Server server = await Server.StartAsync(old.Data))
        {
            await server.WaitAsync(id);
        }

        foreach (string table in new[] { "table1.csv", "fig3.csv" })
        {
            Dictionary<string, string>[] before = Rows(old.File($"before/{table}")), after = Rows(Path.Combine(report, table));
            Assert.NotEmpty(before);
            Assert.All(before, row => Assert.Contains(after, candidate => row.All(cell =>
                IsByAnotherMethod(cell.Key) ? candidate.ContainsKey(cell.Key) : candidate.GetValueOrDefault(cell.Key) == cell.Value)));
        }
    }

    private static bool IsByAnotherMethod(string column) =>
        new[] { "p", "p_holm", "method", "difference_low", "difference_high", "mean_gain_low", "mean_gain_high", "note" }
            .Any(name => column == name || (name != "note" && column.EndsWith($"_{name}", StringComparison.Ordinal)));

    /// <summary>The run that was cancelled is trained after all, and its result is that of an undisturbed sweep.</summary>
    [Fact]
    public async Task CancelledRun_OfAFinishedSweep_IsTrainedOnRetry()
    {
        LongTests.SkipUnlessAsked();
        using var old = new OldFolder("finished");
        string id = old.Sweep("finished");
        await using (Server server = await Server.StartAsync(old.Data))
        {
            CommandResult retry = await server.RunAsync("retry", id, "--cancelled");
            Assert.True(retry.ExitCode == 0, retry.Error);
            Assert.Contains("1 run(s)", retry.Error);
            await server.WaitAsync(id);
            Assert.Empty((await server.JsonAsync("runs", id, "--state", "cancelled")).AsArray());
        }

        // All of the cross-validation; the choice that stands was made without the run, so the ablation may be on another fold.
        Undisturbed.AssertDigests(old, "half-way", atLeast: 9);
    }

    private static void AssertSays(string file, JsonNode now) => AssertSays(OldFolder.Expected($"finished/{file}"), now, file);

    /// <summary>Everything that was said is said: objects may have gained members, nothing else may differ.</summary>
    private static void AssertSays(JsonNode? then, JsonNode? now, string path)
    {
        switch (then)
        {
            case JsonObject members:
                Assert.True(now is JsonObject, $"{path} was an object and is {now?.ToJsonString()}");
                foreach ((string name, JsonNode? value) in members)
                {
                    AssertSays(value, now![name], $"{path}.{name}");
                }

                break;
            case JsonArray items:
                Assert.True(now is JsonArray, $"{path} was a list and is {now?.ToJsonString()}");
                Assert.True(items.Count == now!.AsArray().Count, $"{path} had {items.Count} items and has {now.AsArray().Count}");
                for (int i = 0; i < items.Count; i++)
                {
                    AssertSays(items[i], now[i], $"{path}[{i}]");
                }

                break;
            default:
                Assert.True(then?.ToJsonString() == now?.ToJsonString(), $"{path} was {then?.ToJsonString()} and is {now?.ToJsonString()}");
                break;
        }
    }

    /// <summary>Rows of a CSV file by the names of its columns.</summary>
    private static Dictionary<string, string>[] Rows(string path)
    {
        string[][] lines = [.. File.ReadLines(path).Select(line => line.Split(','))];
        return [.. lines.Skip(1).Select(line => lines[0].Zip(line).ToDictionary(cell => cell.First, cell => cell.Second))];
    }
}

/// <summary>The finished sweep behind a server, for tests that only look.</summary>
public sealed class ServedSweep : IAsyncLifetime
{
    internal OldFolder Folder { get; } = new("finished");

    internal Server Server { get; private set; } = null!;

    internal string Id => Folder.Sweep("finished");

    public async ValueTask InitializeAsync() => Server = await Server.StartAsync(Folder.Data);

    public async ValueTask DisposeAsync()
    {
        using (Folder)
        {
            await Server.DisposeAsync();
        }
    }
}

using AdvSeg.Core.Draws;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Grains;

namespace AdvSeg.Client.Tests;

/// <summary>The whole product on the smoke preset, in real processes that are really killed.</summary>
[Trait("Category", "EndToEnd")]
public class DemoTests
{
    /// <summary>In an order in which each is still ahead of the sweep: a kill that does not happen fails the test.</summary>
    internal static readonly IReadOnlyList<string> Kills =
    [
        Failpoint.AfterGrantWrite, Failpoint.BeforeResultPut, Failpoint.AfterResultPut, Failpoint.AfterSettleWrite,
        Failpoint.BeforeSweepAcknowledges, Failpoint.AfterCheckpointPut, Failpoint.AfterChoicePut,
    ];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>The undisturbed one is called a second time, too: that trains nothing.</summary>
    [Fact]
    public async Task Demo_KilledAtEveryFailpointAndAtRandom_EndsWithTheSameResults()
    {
        using var calm = new TempFolder();
        using var stormy = new TempFolder();
        Dictionary<string, string> expected = await UndisturbedTwiceAsync(calm.Path);

        foreach (string failpoint in Kills.SkipLast(1))
        {
            await KilledAtAsync(stormy.Path, failpoint);
        }

        PhiloxSequence moments = Philox.At(1, DrawPurpose.Split);
        for (int kill = 0; kill < 2; kill++)
        {
            await KilledAfterAsync(stormy.Path, TimeSpan.FromSeconds(1 + (4 * moments.NextDouble())));
        }

        Assert.True(Digests(stormy.Path).Count < expected.Count, "the sweep was over before the kills were");
        await KilledAtAsync(stormy.Path, Kills[^1]);

        CommandResult last = await RunAsync(stormy.Path);
        Assert.Equal(0, last.ExitCode);
        Assert.DoesNotContain("has finished already", last.Error);
        Assert.Equal(expected, Digests(stormy.Path));
        Assert.Contains(Results(stormy.Path), result => result.Provenance.ResumedFromStep > 0);
        Assert.Contains(Results(stormy.Path), result => result.Provenance.Attempts > 1);
    }

    private static async Task<Dictionary<string, string>> UndisturbedTwiceAsync(string data)
    {
        CommandResult first = await RunAsync(data);
        DateTime[] before = ResultTimes(data);

        CommandResult second = await RunAsync(data);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Contains("has finished already", second.Error);
        Assert.Equal(first.Out, second.Out);
        Assert.Equal(before, ResultTimes(data));
        Assert.Contains("Table 1", first.Out);
        Assert.Contains("No primary endpoint was named: every comparison is exploratory. Specification ", first.Out);
        Assert.EndsWith("examples/confirmatory.yaml is a sweep made to decide.\n", first.Out);
        Assert.DoesNotContain('\u001b', first.Out + first.Error);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(data, "report"), "*", SearchOption.AllDirectories));
        Dictionary<string, string> digests = Digests(data);
        Assert.NotEmpty(digests);
        return digests;
    }

    [Fact]
    public async Task Demo_OnADataFolderInUse_NamesTheFirstProcess()
    {
        using var folder = new TempFolder();
        using AdvSegProcess first = Start(folder.Path, null);
        await Until.HoldsAsync(() => File.Exists(folder.Under("advseg.log")), Limit);

        CommandResult second = await RunAsync(folder.Path);

        Assert.Equal(1, second.ExitCode);
        Assert.Contains("is in use by process", second.Error);
    }

    [Fact]
    public async Task Demo_Interrupted_SavesAndSaysHowToGoOn()
    {
        using var folder = new TempFolder();
        using AdvSegProcess process = Start(folder.Path, null);
        await Until.HoldsAsync(() => Directory.Exists(folder.Under("runs")), Limit);

        process.Signal(15);
        CommandResult result = await process.EndAsync(Limit);

        Assert.Equal(143, result.ExitCode);
        Assert.Contains("the same command again", result.Error);
    }

    /// <summary>The page's buttons and the command are two hands of one person.</summary>
    [Theory]
    [InlineData("cancel", "was cancelled; its cancelled runs are trained after all")]
    [InlineData("pause", "was paused; it goes on")]
    public async Task Demo_AfterThisOnItsPage_GoesOnWhenItIsCalledAgain(string verb, string expected)
    {
        if (verb == "pause")
        {
            LongTests.SkipUnlessAsked();
        }

        using var folder = new TempFolder();
        int port = FreePort.Next();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") };
        using (AdvSegProcess first = Start(folder.Path, null, "--port", $"{port}"))
        {
            await Until.HoldsAsync(() => Directory.Exists(folder.Under("runs")), Limit);
            string sweep = Path.GetFileName(Directory.GetDirectories(folder.Under("sweeps")).Single());
            using HttpResponseMessage pressed = await http.PostAsync($"sweeps/{sweep}/{verb}", null, TestContext.Current.CancellationToken);
            Assert.True(pressed.IsSuccessStatusCode);
            if (verb == "cancel")
            {
                CommandResult ended = await first.EndAsync(Limit);
                Assert.Equal(1, ended.ExitCode);
                Assert.Contains("The same command again goes on with it", ended.Error);
            }
            else
            {
                first.Signal(15);
                Assert.Equal(143, (await first.EndAsync(Limit)).ExitCode);
            }
        }

        CommandResult again = await RunAsync(folder.Path);

        Assert.Equal(0, again.ExitCode);
        Assert.Contains(expected, again.Error);
        Assert.Contains("Table 1", again.Out);
    }

    private static Task<CommandResult> RunAsync(string data) => Start(data, null).EndAsync(Limit);

    private static AdvSegProcess Start(string data, string? failpoint, params string[] more) => AdvSegProcess.Start(
        data,
        // Smoke runs are over before a checkpoint by time is due.
        new Dictionary<string, string> { [Failpoint.Variable] = failpoint ?? "", ["ADVSEG_CHECKPOINT_STEPS"] = "5" },
        ["demo", "--preset", "smoke", "--data", data, "--slots", "2", .. more]);

    private static async Task KilledAtAsync(string data, string failpoint)
    {
        using AdvSegProcess process = Start(data, failpoint);
        AssertKilled(await process.EndAsync(Limit), failpoint);
    }

    private static void AssertKilled(CommandResult result, string when) =>
        Assert.True(result.ExitCode == 137, $"{when}: exit code {result.ExitCode} instead of 137 (SIGKILL). stderr: {result.Error}");

    private static async Task KilledAfterAsync(string data, TimeSpan moment)
    {
        using AdvSegProcess process = Start(data, null);
        await Task.Delay(moment);
        process.Kill();
        AssertKilled(await process.EndAsync(Limit), $"after {moment}");
    }

    private static Dictionary<string, string> Digests(string data) => Results(data).ToDictionary(result => result.Run, result => result.ResultDigest);

    private static IEnumerable<RunResult> Results(string data) =>
        Directory.GetFiles(Path.Combine(data, "runs"), "result.json", SearchOption.AllDirectories)
            .Select(path => CanonicalJson.Read<RunResult>(File.ReadAllBytes(path), path));

    private static DateTime[] ResultTimes(string data) =>
        [.. Directory.GetFiles(Path.Combine(data, "runs"), "result.json", SearchOption.AllDirectories).Order().Select(File.GetLastWriteTimeUtc)];
}

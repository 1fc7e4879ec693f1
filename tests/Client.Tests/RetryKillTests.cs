using AdvSeg.Client.Tests.Compatibility;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains;

namespace AdvSeg.Client.Tests;

/// <summary>A server that is really killed between any two writes of a cancellation and of a retry.</summary>
[Trait("Category", "EndToEnd")]
public class RetryKillTests
{
    /// <summary>In the order of the test.</summary>
    internal static readonly IReadOnlyList<string> Kills =
        [Failpoint.AfterCancelPut, Failpoint.AfterRetryPut, Failpoint.AfterReopenWrite, Failpoint.AfterRequeue];

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Server_KilledWhileItCancelsAndRetries_CarriesOutWhatWasAskedAndLosesNoRun()
    {
        LongTests.SkipUnlessAsked();
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.Under("sweep.yaml"), "apiVersion: advseg/v1\nname: killed\npreset: smoke\n");
        string server = $"http://127.0.0.1:{FreePort.Next()}";
        Task<CommandResult> Run(params string[] args) => AdvSegProcess.RunInAsync(folder.Path, [.. args, "--server", server]);

        string id, cancelled;
        using (AdvSegProcess process = await ServeAsync(folder, server, Kills[0]))
        {
            id = (await Run("submit", "sweep.yaml")).Out.Trim();
            cancelled = await LastQueuedAsync(Run, id);
            await Run("cancel", id, cancelled);
            AssertKilled(await process.EndAsync(Limit), Kills[0]);
        }

        using (AdvSegProcess process = await ServeAsync(folder, server, Kills[1]))
        {
            CommandResult why = await Run("why", cancelled[..10]);
            Assert.Contains("cancelled  cancelled", why.Out);
            Assert.Equal(0, (await Run("cancel", id)).ExitCode);
            Assert.NotEqual(0, (await Run("retry", id)).ExitCode);
            AssertKilled(await process.EndAsync(Limit), Kills[1]);
        }

        // Nobody asks again: the stored order is carried out by whichever process comes next.
        foreach (string failpoint in Kills.Skip(2))
        {
            using AdvSegProcess process = Serve(folder, server, failpoint);
            AssertKilled(await process.EndAsync(Limit), failpoint);
        }

        using AdvSegProcess last = await ServeAsync(folder, server, "");
        CommandResult end = await Run("wait", id, "--timeout", "240");
        CommandResult rest = await Run("runs", id, "--state", "cancelled", "-o", "json");
        CommandResult done = await Run("why", cancelled);

        Assert.True(end.ExitCode == 0, end.Error);
        Assert.Equal("[]", rest.Out.Trim());
        Assert.Contains("completed  completed", done.Out);
        last.Signal(15);
        await last.EndAsync(Limit);
    }

    /// <summary>Asks until the sweep is there: its cohort may still be rendered behind the id that was printed.</summary>
    private static async Task<string> LastQueuedAsync(Func<string[], Task<CommandResult>> run, string id)
    {
        CommandResult queued = await Until.AnsweredAsync(
            async () => await run(["runs", id, "--state", "queued", "-o", "json"]) is { ExitCode: 0 } answered ? answered : null,
            Limit,
            between: TimeSpan.FromSeconds(1));
        return CanonicalJson.Read<IReadOnlyList<RunRow>>(System.Text.Encoding.UTF8.GetBytes(queued.Out), "stdout")[^1].Run;
    }

    private static AdvSegProcess Serve(TempFolder folder, string server, string failpoint) => AdvSegProcess.Start(
        folder.Path,
        new Dictionary<string, string> { [Failpoint.Variable] = failpoint },
        "serve", "--data", folder.Under("data"), "--slots", "1", "--port", server[(server.LastIndexOf(':') + 1)..]);

    private static async Task<AdvSegProcess> ServeAsync(TempFolder folder, string server, string failpoint)
    {
        AdvSegProcess process = Serve(folder, server, failpoint);
        await Server.ReadyAsync(server, Limit);
        return process;
    }

    private static void AssertKilled(CommandResult result, string when) =>
        Assert.True(result.ExitCode == 137, $"{when}: exit code {result.ExitCode} instead of 137 (SIGKILL). stderr: {result.Error}");
}

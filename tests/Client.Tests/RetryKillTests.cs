using System.Net;
using System.Net.Sockets;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains;

namespace AdvSeg.Client.Tests;

/// <summary>A server that is really killed between any two writes of a cancellation and of a retry.</summary>
[Trait("Category", "EndToEnd")]
public class RetryKillTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Server_KilledWhileItCancelsAndRetries_CarriesOutWhatWasAskedAndLosesNoRun()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("sweep.yaml"), "apiVersion: advseg/v1\nname: killed\npreset: smoke\n");
        string server = $"http://127.0.0.1:{FreePort()}";
        Task<CommandResult> Run(params string[] args) => AdvSegProcess.RunInAsync(folder.Path, [.. args, "--server", server]);

        string id, cancelled;
        using (AdvSegProcess process = await ServeAsync(folder, server, Failpoint.AfterCancelPut))
        {
            id = (await Run("submit", "sweep.yaml")).Out.Trim();
            cancelled = await LastQueuedAsync(Run, id);
            await Run("cancel", id, cancelled);
            AssertKilled(await process.EndAsync(Limit), Failpoint.AfterCancelPut);
        }

        using (AdvSegProcess process = await ServeAsync(folder, server, Failpoint.AfterRetryPut))
        {
            CommandResult why = await Run("why", cancelled[..10]);
            Assert.Contains("cancelled  cancelled", why.Out);
            Assert.Equal(0, (await Run("cancel", id)).ExitCode);
            Assert.NotEqual(0, (await Run("retry", id)).ExitCode);
            AssertKilled(await process.EndAsync(Limit), Failpoint.AfterRetryPut);
        }

        // Nobody asks again: the stored order is carried out by whichever process comes next.
        foreach (string failpoint in new[] { Failpoint.AfterReopenWrite, Failpoint.AfterRequeue })
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

    private static async Task<string> LastQueuedAsync(Func<string[], Task<CommandResult>> run, string id)
    {
        CommandResult queued = await run(["runs", id, "--state", "queued", "-o", "json"]);
        return CanonicalJson.Read<IReadOnlyList<RunRow>>(System.Text.Encoding.UTF8.GetBytes(queued.Out), "stdout")[^1].Run;
    }

    private static AdvSegProcess Serve(TemporaryFolder folder, string server, string failpoint) => AdvSegProcess.Start(
        folder.Path,
        new Dictionary<string, string> { [Failpoint.Variable] = failpoint },
        "serve", "--data", folder.File("data"), "--slots", "1", "--port", server[(server.LastIndexOf(':') + 1)..]);

    private static async Task<AdvSegProcess> ServeAsync(TemporaryFolder folder, string server, string failpoint)
    {
        AdvSegProcess process = Serve(folder, server, failpoint);
        using var limit = new CancellationTokenSource(Limit);
        while ((await AdvSegProcess.RunInAsync(folder.Path, "ls", "--server", server)).ExitCode != 0)
        {
            limit.Token.ThrowIfCancellationRequested();
        }

        return process;
    }

    private static void AssertKilled(CommandResult result, string when) =>
        Assert.True(result.ExitCode == 137, $"{when}: exit code {result.ExitCode} instead of 137 (SIGKILL). stderr: {result.Error}");

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

using AdvSeg.Chaos;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>SIGTERM, as Kubernetes sends it before it takes a pod away.</summary>
[Trait("Category", "Process")]
public sealed class DrainTests(SharedServers servers)
{
    [Fact]
    public async Task Worker_Terminated_SavesReleasesAndLeaves()
    {
        // No checkpoint by itself: what the next attempt resumes from was saved by the drain.
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { CheckpointSteps = 10 * SharedServers.Steps });
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        AttemptTrace attempt = await TerminateInTrainingAsync(cluster, sweep);
        await cluster.AssertWholeAsync(sweep, servers);

        Assert.DoesNotContain(cluster.Control.Log, l => l.Text.Contains($"Attempt {attempt.Token} is lost", StringComparison.Ordinal));
        RunResult result = (await cluster.ResultsAsync())[attempt.Run];
        Assert.Equal(attempt.Token, result.Provenance.ResumedFromAttempt);
        Assert.True(result.Provenance.ResumedFromStep > 0);
    }

    [Fact]
    public async Task Worker_DrainedFromAfar_EndsItsProcessOrderly()
    {
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { Workers = 1 });
        WorkerView view = await ClusterUnderTest.EventuallyAsync(async () => await cluster.WorkersAsync() is [var worker] ? worker : null);

        DrainReply reply = await cluster.DrainAsync(view.Worker);

        Assert.Equal(new DrainReply(view.Worker, Acknowledged: true), reply);
        Assert.Equal(0, await cluster.Workers[0].Process.EndAsync(Wait.Step));
    }

    /// <summary>At each line that it writes on the way.</summary>
    [Fact]
    public async Task Silo_TerminatedWhileItStarts_EndsOrderly()
    {
        using var folder = new TempFolder();
        string silo = Path.Combine(AppContext.BaseDirectory, "advseg-silo.dll");
        for (int lines = 1; lines <= 6; lines++)
        {
            string[] ports = ["--silo-port", "0", "--gateway-port", "0", "--http", "127.0.0.1:0"];
            await using LoggedProcess process =
                LoggedProcess.Start("dotnet", [silo, "--role", "all", "--data", folder.Under($"{lines}"), .. ports]);
            await Until.HoldsAsync(() => process.Lines.Count >= lines, Wait.Step);

            process.Signal(UnixSignal.Terminate);

            int code = await process.EndAsync(Wait.Step);
            Assert.True(code == 0, $"It ended with {code} when terminated after {lines} lines:\n{string.Join('\n', process.Lines)}");
        }
    }

    [Fact]
    public async Task Control_Started_LoadsNoLibtorch()
    {
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { Workers = 1 });
        await ClusterUnderTest.EventuallyAsync(async () => await cluster.WorkersAsync() is [{ } worker] ? worker : null);

        Assert.DoesNotContain(
            "libtorch",
            await File.ReadAllTextAsync($"/proc/{cluster.Control.Process.Id}/maps", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
        Assert.Contains(
            "libtorch",
            await File.ReadAllTextAsync($"/proc/{cluster.Workers[0].Process.Id}/maps", TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Terminates the worker of an attempt that trains, starts it again, and gives the attempt, which stored a checkpoint on the way out. What a list
    /// says of progress is seconds old on a busy machine: a run that was done before the signal came is no such attempt.
    /// </summary>
    private static async Task<AttemptTrace> TerminateInTrainingAsync(ClusterUnderTest cluster, string sweep)
    {
        for (int tries = 1; ; tries++)
        {
            RunRow training = await ClusterUnderTest.EventuallyAsync(
                async () =>
                    (await cluster.RunsAsync(sweep)).Rows.FirstOrDefault(r => r.Progress is { } p && p.Step > 0 && p.Step < p.Steps / 2), Wait.Step);
            AttemptTrace attempt = cluster.Timeline().Attempts[training.Attempt!.Value];
            SiloNode worker = cluster.Workers.Single(w => w.Name == attempt.Node);

            Assert.Equal(0, await worker.TerminateAsync());
            await worker.StartAsync();

            Timeline timeline = cluster.Timeline();
            if (timeline.Attempts[attempt.Token].Checkpoints.Count > 0)
            {
                return attempt;
            }

            Assert.Contains(attempt.Run, timeline.Commits);
            Assert.True(tries < 5, "no attempt was still training when its worker was terminated");
        }
    }
}

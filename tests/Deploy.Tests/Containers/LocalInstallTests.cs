using AdvSeg.Chaos;
using AdvSeg.Core.Sweeps;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;
using AdvSeg.Silo.Settings;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>The overlay <c>local</c>, run for real: submitted to, hurt, finished. Skipped where namespaces or a server are missing.</summary>
[Trait("Category", "Process")]
public sealed class LocalInstallTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("advseg-local-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task LocalInstall_WithAWorkerKilledAndAnotherDrained_FinishesItsSweep()
    {
        await using LocalInstall install = await StartAsync();
        foreach ((string name, Container pod) in install.Pods.Where(p => p.Value.Workload.IsOwn && Answers(p.Value)))
        {
            await pod.ReadyAsync(install.Http, pod.Workload.Container.LivenessProbe, LocalInstall.Limit);
            await pod.ReadyAsync(install.Http, pod.Workload.Container.ReadinessProbe, LocalInstall.Limit);
            Assert.True(pod.Capabilities().All(c => c == '0'), $"{name} has capabilities {pod.Capabilities()}");
        }

        string sweep = await install.SubmitAsync(SweepFile.CrossValidation("local", runs: 3, steps: 60));
        await install.WaitAsync(sweep, s => s.Completed >= 1, LocalInstall.Limit);
        await install.Pods["worker-1"].KillAsync();
        install.StartPod("worker-1");
        Container drained = install.Pods["worker-2"];
        var grace = TimeSpan.FromSeconds(drained.Workload.Pod.TerminationGracePeriodSeconds!.Value);
        Assert.Equal(0, await drained.TerminateAsync(grace));
        install.StartPod("worker-2");

        SweepStatus status = await install.WaitAsync(sweep, s => s.Ended is not null, TimeSpan.FromMinutes(5));
        Assert.Equal((SweepStage.Finished, status.Planned), (status.Stage, status.Completed));
        Assert.All(install.Pods, p => AssertWithinLimits(p.Key, p.Value));
    }

    private static void AssertWithinLimits(string name, Container pod)
    {
        long peak = pod.PeakMemory();
        TestContext.Current.SendDiagnosticMessage($"{name}: {peak >> 20} MiB at most");
        Assert.True(peak < pod.Workload.Container.Resources.Limits["memory"].ToDecimal(), $"{name} had {peak >> 20} MiB");
    }

    /// <summary>A silo answers probes where it has the option for it.</summary>
    private static bool Answers(Container pod) => !pod.Workload.IsSilo || SiloOptions.All().Any(o => o.Name == "--http");

    private async Task<LocalInstall> StartAsync()
    {
        try
        {
            return await LocalInstall.StartAsync(_folder);
        }
        catch (MissingPartException e)
        {
            Assert.Skip($"Not everything runs here: {e.Message}");
            throw;
        }
    }
}

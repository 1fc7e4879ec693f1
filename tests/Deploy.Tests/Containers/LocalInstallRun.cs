using AdvSeg.Chaos;
using AdvSeg.Core.Sweeps;
using AdvSeg.Deploy.Tests.Monitoring;
using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>
/// The overlay <c>local</c>, run once for all tests: every probe answered, a sweep submitted, a worker killed, another drained, the sweep
/// finished, while Prometheus scrapes all of it.
/// </summary>
public sealed class LocalInstallRun : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private LocalInstall? _install;
    private string? _missing;

    /// <summary>Null where Prometheus is not installed.</summary>
    internal PrometheusServer? Prometheus { get; private set; }

    internal SweepStatus? Ended { get; private set; }

    internal int DrainExitCode { get; private set; }

    internal IReadOnlyDictionary<string, Container> Pods => _install!.Pods;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_LONG_TESTS") is not "1")
        {
            _missing = "it takes minutes; 'eng/process-tests' runs it.";
            return;
        }

        try
        {
            _install = await LocalInstall.StartAsync(_folder.Path);
        }
        catch (MissingPartException e)
        {
            _missing = e.Message;
            return;
        }

        foreach (Container pod in _install.Pods.Values.Where(p => p.Workload.IsOwn))
        {
            await pod.ReadyAsync(_install.Http, pod.Workload.Container.LivenessProbe, LocalInstall.Limit);
            await pod.ReadyAsync(_install.Http, pod.Workload.Container.ReadinessProbe, LocalInstall.Limit);
        }

        await StartPrometheusAsync();
        await DisturbAsync(_install);
    }

    public async ValueTask DisposeAsync()
    {
        if (Prometheus is not null)
        {
            await Prometheus.DisposeAsync();
        }

        if (_install is not null)
        {
            await _install.DisposeAsync();
        }

        _folder.Dispose();
    }

    internal string Commit => _install!.Commit;

    internal IReadOnlyDictionary<string, IReadOnlyList<string>> Versions => _install!.Versions;

    internal void SkipWithoutParts() => Assert.SkipWhen(_missing is not null, $"Not everything runs here: {_missing}");

    private async Task DisturbAsync(LocalInstall install)
    {
        string sweep = await install.SubmitAsync(SweepFile.CrossValidation("local", runs: 3, steps: 60));
        await install.WaitAsync(sweep, s => s.Completed >= 1, LocalInstall.Limit);
        await install.Pods["worker-1"].KillAsync();
        install.StartPod("worker-1");
        Container drained = install.Pods["worker-2"];
        DrainExitCode = await drained.TerminateAsync(TimeSpan.FromSeconds(drained.Workload.Pod.TerminationGracePeriodSeconds!.Value));
        install.StartPod("worker-2");
        Ended = await install.WaitAsync(sweep, s => s.Ended is not null, TimeSpan.FromMinutes(5));
    }

    private async Task StartPrometheusAsync()
    {
        try
        {
            Prometheus = await PrometheusServer.StartAsync(_folder.Path, _install!.Pods.Values.Where(p => p.Workload.IsOwn)
                .Select(p => $"{p.Host.Address}:{p.Workload.PortOf("http")}"));
        }
        catch (MissingPartException)
        {
            // The test of the queries skips.
        }
    }
}

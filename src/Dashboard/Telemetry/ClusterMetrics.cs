using System.Diagnostics.Metrics;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary>The cluster in numbers, as last looked at. Labels are states only, never runs or patients.</summary>
internal sealed class ClusterMetrics
{
    private IReadOnlyList<SweepStatus> _sweeps = [];
    private IReadOnlyList<WorkerView> _workers = [];

    public ClusterMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Make();
        meter.CreateObservableGauge("advseg_runs", Runs, description: "Runs of all sweeps by state.");
        meter.CreateObservableGauge("advseg_sweeps", Sweeps, description: "Sweeps by stage.");
        meter.CreateObservableGauge("advseg_workers", Workers, description: "Workers by state.");
        meter.CreateObservableGauge("advseg_worker_slots", Slots, description: "Slots of all workers by state.");
    }

    public void Observe(IReadOnlyList<SweepStatus> sweeps, IReadOnlyList<WorkerView> workers) => (_sweeps, _workers) = (sweeps, workers);

    private IEnumerable<Measurement<long>> Runs()
    {
        IReadOnlyList<SweepStatus> sweeps = _sweeps;
        yield return Of("queued", sweeps.Sum(s => Waiting(s) - Held(s)));
        yield return Of("paused", sweeps.Sum(Held));
        yield return Of("running", sweeps.Sum(s => (long)s.Running));
        yield return Of("completed", sweeps.Sum(s => (long)s.Completed));
        yield return Of("failed", sweeps.Sum(s => (long)s.Failed));
        yield return Of("cancelled", sweeps.Sum(s => (long)s.Cancelled));
    }

    private static long Waiting(SweepStatus sweep) => sweep.Ended is null ? (long)sweep.Planned - sweep.Running - sweep.Settled : 0;

    /// <summary>Waiting runs that are paused: more workers would not start them.</summary>
    private static long Held(SweepStatus sweep) => sweep.Paused ? Waiting(sweep) : Math.Min(Waiting(sweep), sweep.PausedRuns);

    private IEnumerable<Measurement<long>> Sweeps() =>
        Enum.GetValues<SweepStage>().Select(stage =>
            Instruments.Of((long)_sweeps.Count(s => s.Stage == stage), "stage", Kebab.Of(stage)));

    private IEnumerable<Measurement<long>> Workers() =>
        [Of("active", _workers.Count(w => !w.Draining)), Of("draining", _workers.Count(w => w.Draining))];

    private IEnumerable<Measurement<long>> Slots() =>
        [Of("busy", _workers.Sum(w => (long)w.Busy)), Of("free", _workers.Sum(w => (long)w.Slots - w.Busy))];

    private static Measurement<long> Of(string state, long value) => Instruments.Of(value, "state", state);
}

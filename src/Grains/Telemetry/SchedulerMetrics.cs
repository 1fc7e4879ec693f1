using System.Diagnostics.Metrics;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Telemetry;

namespace AdvSeg.Grains.Telemetry;

/// <summary>What the scheduler counts. Only the control silo that has the scheduler counts, so queries sum over silos.</summary>
public sealed class SchedulerMetrics
{
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _expired;
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _finished;

    public SchedulerMetrics(IMeterFactory meters)
    {
        Meter meter = meters.Make();
        _waits = meter.LongTimes(
            "advseg_run_queue_wait_seconds",
            "Time from a sweep's wish for a run, or the end of its last attempt, to its lease; from the scheduler's start where the wish is older.");
        _expired = meter.Count("advseg_lease_expired_total", "Leases that ended because their worker died, left or was silent.");
        _attempts = meter.Count("advseg_run_attempts_total", "Attempts that ended, by how.");
        _finished = meter.Count("advseg_runs_finished_total", "Runs that got an outcome, by outcome and class of failure.");
        meter.CreateObservableGauge(
            "advseg_scheduler_leases", () => Queue is { } q ? [new(q.Leases)] : Array.Empty<Measurement<int>>(), description: "Leases held now.");
        meter.CreateObservableGauge(
            "advseg_scheduler_outbox",
            () => Queue is { } q ? [new(q.Outbox)] : Array.Empty<Measurement<int>>(),
            description: "Settlements that some sweep has not acknowledged.");
    }

    /// <summary>What the scheduler last stored; null on a silo that does not have it.</summary>
    internal (int Leases, int Outbox)? Queue { get; set; }

    internal void Granted(TimeSpan waited) => _waits.Record(Math.Max(0, waited.TotalSeconds));

    internal void Expired(WorkerLiveness worker) => _expired.Add(1, Instruments.Label("worker", worker switch
    {
        WorkerLiveness.Dead => "dead",
        WorkerLiveness.Unknown => "left",
        WorkerLiveness.Alive => "silent",
    }));

    internal void Ended(AttemptEnd end) => _attempts.Add(1, Instruments.Label("end", Kebab.Of(end)));

    internal void Finished(RunOutcome outcome) => _finished.Add(
        1,
        Instruments.Label("outcome", outcome switch
        {
            RunOutcome.Completed => "completed",
            RunOutcome.Failed => "failed",
            RunOutcome.Cancelled => "cancelled",
            _ => throw new InvalidOperationException($"the outcome {outcome.GetType().Name} is not known"),
        }),
        Instruments.Label("failure_class", outcome is RunOutcome.Failed failed ? Kebab.Of(failed.Failure) : "none"));
}

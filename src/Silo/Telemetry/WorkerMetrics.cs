using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using AdvSeg.Core.Telemetry;

namespace AdvSeg.Silo.Telemetry;

/// <summary>What a worker's slots do. Counted by training threads, so nothing here waits.</summary>
public sealed class WorkerMetrics
{
    private readonly TimeProvider _clock;
    private readonly ConcurrentQueue<long> _freed = new();
    private readonly Histogram<double> _idle;
    private readonly Histogram<double> _attempts;
    private readonly Histogram<double> _cohorts;
    private readonly Histogram<double> _checkpointTimes;
    private readonly Histogram<long> _checkpointSizes;
    private readonly Histogram<double> _stepTimes;
    private readonly Counter<long> _samples;
    private readonly Counter<long> _commits;

    public WorkerMetrics(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        Meter meter = meters.Make();
        meter.CreateObservableGauge("advseg_slots", CountSlots, description: "This worker's slots by state.");
        _idle = meter.LongTimes("advseg_slot_idle_seconds", "Time that a slot sat idle between two attempts.");
        _attempts = meter.LongTimes("advseg_attempt_duration_seconds", "Time of an attempt on its thread, by how it ended.");
        _cohorts = meter.ShortTimes("advseg_cohort_load_seconds", "Time until an attempt's cohort was on this machine and verified.");
        _checkpointTimes = meter.ShortTimes("advseg_checkpoint_write_seconds", "Time until a checkpoint was stored, waits for the store included.");
        _checkpointSizes = meter.Bytes("advseg_checkpoint_bytes", "Size of a stored checkpoint.");
        _stepTimes = meter.ShortTimes("advseg_step_seconds", "Time from one step boundary to the next: one S step, with D's and any evaluation.");
        _samples = meter.Count("advseg_samples_total", "Slices that S was trained on.");
        _commits = meter.Count(
            "advseg_result_commit_total",
            "Results that attempts put: committed, duplicate (another's was there first), or fenced (the lease was lost before).");
    }

    /// <summary>Attempts that hold a slot, and all slots; null until the worker has started.</summary>
    internal Func<(int Busy, int All)>? Slots { get; set; }

    /// <summary>An attempt takes a slot: the one that has been idle for longest.</summary>
    internal void SlotTaken()
    {
        if (_freed.TryDequeue(out long since))
        {
            _idle.Record(_clock.GetElapsedTime(since).TotalSeconds);
        }
    }

    internal void SlotFreed() => _freed.Enqueue(_clock.GetTimestamp());

    internal void Attempt(TimeSpan took, string end) => _attempts.Record(took.TotalSeconds, Instruments.Label("end", end));

    internal void Cohort(TimeSpan took) => _cohorts.Record(took.TotalSeconds);

    internal void Checkpoint(TimeSpan took, long bytes)
    {
        _checkpointTimes.Record(took.TotalSeconds);
        _checkpointSizes.Record(bytes);
    }

    internal void Step(TimeSpan took, int samples)
    {
        _stepTimes.Record(took.TotalSeconds);
        _samples.Add(samples);
    }

    internal void Commit(string result) => _commits.Add(1, Instruments.Label("result", result));

    private IEnumerable<Measurement<int>> CountSlots()
    {
        if (Slots?.Invoke() is var (busy, all))
        {
            yield return Instruments.Of(busy, "state", "busy");
            yield return Instruments.Of(Math.Max(0, all - busy), "state", "idle");
        }
    }
}

using System.Diagnostics;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains.Telemetry;

/// <summary>What one activation of the scheduler tells metrics and traces. Memory only; nothing here decides anything.</summary>
internal sealed class SchedulerTelemetry(SchedulerMetrics metrics, SweepTraces traces, TimeProvider clock)
{
    private readonly QueueWaits _waits = new();

    /// <summary>The span in which each lease was granted: the parent of the span that settles it.</summary>
    private readonly Dictionary<long, ActivityContext> _grants = [];

    public void Activated(QueueSnapshot snapshot)
    {
        foreach (SweepQueue sweep in snapshot.Sweeps)
        {
            _waits.Wanted(sweep.Sweep, sweep.Ranges, clock.GetUtcNow());
        }
    }

    public void Deactivated() => metrics.Queue = null;

    public void Wanted(SweepWants wants)
    {
        if (wants.Ended)
        {
            _waits.Forget(wants.Sweep);
        }
        else
        {
            _waits.Wanted(wants.Sweep, wants.Wanted, clock.GetUtcNow());
        }
    }

    /// <summary>The grant is stored. Returns the traceparent for its attempt, where the worker can read one.</summary>
    public async ValueTask<string?> GrantedAsync(Lease lease)
    {
        if (_waits.Of(lease) is { } waited)
        {
            metrics.Granted(waited);
        }

        if (!Traces.IsOn)
        {
            return null;
        }

        // Workers poll for leases, so the current trace is the poll's. The grant belongs to the sweep's trace.
        ActivityContext sweep = await traces.FindAsync(lease.Waiters[0].Sweep);
        using Activity? span = Traces.Source.StartActivity(Spans.Grant, ActivityKind.Producer, sweep, startTime: lease.Granted);
        span?.SetTag(Traces.RunTag, lease.Run).SetTag(Traces.AttemptTag, lease.Token).SetTag(Traces.SweepTag, lease.Waiters[0].Sweep);
        _grants[lease.Token] = span?.Context ?? default;
        return GrantTraces.AreUnderstood ? span?.Id : null;
    }

    public void Lost(WorkerLiveness worker)
    {
        metrics.Expired(worker);
        metrics.Ended(AttemptEnd.Lost);
    }

    /// <param name="current">True when the attempt still held its lease; false when its end came too late to count.</param>
    /// <param name="end">How it ended.</param>
    public void Ended(bool current, AttemptEnd end)
    {
        if (current)
        {
            metrics.Ended(end);
        }
    }

    /// <summary>The queue is stored: what is new in its outbox is settled for good.</summary>
    /// <param name="snapshot">What is stored now.</param>
    /// <param name="settled">What its outbox held before.</param>
    public void Stored(QueueSnapshot snapshot, IReadOnlySet<(string Run, long Token)> settled)
    {
        metrics.Queue = (snapshot.Leases.Count, snapshot.Outbox.Count);
        foreach (Settlement settlement in snapshot.Outbox.Where(s => !settled.Contains((s.Run, s.Token))))
        {
            metrics.Finished(settlement.Outcome);
        }

        if (_grants.Count > 0)
        {
            HashSet<long> open = [.. snapshot.Leases.Select(l => l.Token), .. snapshot.Outbox.Select(s => s.Token)];
            foreach (long token in _grants.Keys.Where(t => !open.Contains(t)).ToList())
            {
                _grants.Remove(token);
            }
        }
    }

    /// <summary>The parent span of a delivery: the grant of the settled attempt, else the sweep's submission, else none.</summary>
    public async ValueTask<ActivityContext> SpanBeforeAsync(Settlement settlement)
    {
        ActivityContext grant = _grants.GetValueOrDefault(settlement.Token);
        return grant != default || settlement.Waiters is not [var first, ..] ? grant : await traces.FindAsync(first.Sweep);
    }
}

using System.Diagnostics;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Telemetry;

/// <summary>What one attempt's thread tells metrics, traces and the log's scopes. One thread uses it.</summary>
/// <param name="grant">The attempt.</param>
/// <param name="metrics">Null: nobody counts.</param>
/// <param name="clock">Time.</param>
/// <param name="logger">Every line of the thread says which run, sweep and attempt it is about.</param>
internal sealed class AttemptTelemetry(LeaseGrant grant, WorkerMetrics? metrics, TimeProvider clock, ILogger logger)
{
    private readonly string? _sweep = grant.Sweeps is [var first, ..] ? first : null;
    private readonly ThreadUse _use = new(clock);
    private long? _boundary;

    /// <summary>The attempt's own span, to which calls belong that are made when the thread is done.</summary>
    public ActivityContext Span { get; private set; }

    /// <summary>How much of its core the attempt's thread uses, 0 to 1; null: not known.</summary>
    public double? CoreUse => _use.Now;

    /// <summary>Runs the whole attempt, from its first line to its ending, in a span and a log scope of its own.</summary>
    public T Attempt<T>(Func<T> execute)
        where T : class
    {
        using IDisposable? scope = logger.BeginScope(
            new Dictionary<string, object?> { ["run"] = grant.Run, ["sweep"] = _sweep, ["attempt"] = grant.Token });
        using Activity? span = Traces.Source.StartActivity(Spans.Attempt, ActivityKind.Consumer, Traces.ContextOf(grant.Trace));
        span?.SetTag(Traces.RunTag, grant.Run).SetTag(Traces.AttemptTag, grant.Token).SetTag(Traces.SweepTag, _sweep);
        Span = span?.Context ?? default;
        long began = clock.GetTimestamp();
        T ending = execute();
        string end = ending.GetType().Name.ToLowerInvariant();
        span?.SetTag(Traces.EndTag, end);
        metrics?.Attempt(clock.GetElapsedTime(began), end);
        return ending;
    }

    public T Train<T>(Func<T> train)
    {
        using Activity? span = Traces.Start(Spans.Train);
        return train();
    }

    public string Cohort(Func<string> load)
    {
        using Activity? span = Traces.Start(Spans.Cohort);
        long began = clock.GetTimestamp();
        string folder = load();
        metrics?.Cohort(clock.GetElapsedTime(began));
        return folder;
    }

    public void Checkpoint(int bytes, Action store)
    {
        long began = clock.GetTimestamp();
        store();
        metrics?.Checkpoint(clock.GetElapsedTime(began), bytes);
    }

    /// <summary>One step more is done. The first boundary of an attempt begins the time of its second step.</summary>
    public void Step()
    {
        _use.Boundary();
        long now = clock.GetTimestamp();
        if (_boundary is { } before)
        {
            metrics?.Step(clock.GetElapsedTime(before, now), grant.Spec.Protocol.BatchSize);
        }

        _boundary = now;
    }

    /// <param name="commit">Commits the result, and says whether it is this attempt's.</param>
    public void Commit(Func<bool> commit)
    {
        using Activity? span = Traces.Start(Spans.Commit);
        try
        {
            string result = commit() ? "committed" : "duplicate";
            metrics?.Commit(result);
        }
        catch (OperationCanceledException)
        {
            metrics?.Commit("fenced");
            throw;
        }
    }
}

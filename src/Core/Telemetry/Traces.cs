using System.Diagnostics;

namespace AdvSeg.Core.Telemetry;

/// <summary>
/// What is traced, from a sweep's submission to its report (docs/metrics.md names the spans). Without a listener nothing is made, kept or
/// sent: every span is null and costs a comparison.
/// </summary>
public static class Traces
{
    public const string SourceName = "AdvSeg";

    /// <summary>Tags of spans. Unlike a metric's label a tag may be an id.</summary>
    public const string SweepTag = "advseg.sweep", RunTag = "advseg.run", AttemptTag = "advseg.attempt", EndTag = "advseg.end";

    public static ActivitySource Source { get; } = new(SourceName);

    public static bool IsOn => Source.HasListeners();

    /// <summary>
    /// Starts a span. It stays in the current trace where that is the parent's; otherwise it is a child of <paramref name="parent"/>, because a timer
    /// or a poll that carries out the work has a trace of its own, which tells nothing. Without a parent the span is in the current trace, or the
    /// first of a new one.
    /// </summary>
    public static Activity? Start(string name, ActivityContext parent, ActivityKind kind = ActivityKind.Internal)
    {
        bool isInside = parent == default || Activity.Current?.TraceId == parent.TraceId;
        return isInside ? Source.StartActivity(name, kind) : Source.StartActivity(name, kind, parent);
    }

    /// <summary>The same in the current trace.</summary>
    public static Activity? Start(string name, ActivityKind kind = ActivityKind.Internal) => Source.StartActivity(name, kind);

    /// <summary>The context of a W3C traceparent; none where there is none or it cannot be read.</summary>
    public static ActivityContext ContextOf(string? traceParent) =>
        ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out ActivityContext context) ? context : default;
}

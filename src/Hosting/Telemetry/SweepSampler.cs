using System.Diagnostics;
using AdvSeg.Core.Telemetry;
using OpenTelemetry.Trace;

namespace AdvSeg.Hosting.Telemetry;

/// <summary>
/// Keeps AdvSeg's own spans and what is done inside them. Grain calls outside are polls, renewals and looks at pages, many a second, and tell
/// nothing.
/// </summary>
public sealed class SweepSampler : Sampler
{
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        bool isInside = samplingParameters.ParentContext.TraceFlags.HasFlag(ActivityTraceFlags.Recorded);
        return new SamplingResult(
            isInside || Spans.All.Contains(samplingParameters.Name) ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
    }
}

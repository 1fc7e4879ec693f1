using System.Collections.Concurrent;
using System.Diagnostics;
using AdvSeg.Cluster.Tests.Executors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Telemetry;
using OpenTelemetry.Trace;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>A listener hears the whole process, so no other test runs beside these.</summary>
[CollectionDefinition(nameof(TraceTests), DisableParallelization = true)]
public sealed class TraceCollection;

[Collection(nameof(TraceTests))]
public sealed class TraceTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _listener;

    public TraceTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Traces.SourceName or HostTelemetry.GrainCalls,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Sweep_FromSubmitToReport_IsOneTraceAcrossControlSiloAndWorkers()
    {
        await using PinnedCluster cluster = await PinnedCluster.StartAsync(traces: true);
        SweepSpec spec = TestSweep.Spec("traced");
        ActivityTraceId trace;
        using (Activity submit = Traces.Start(Spans.Submit)!)
        {
            trace = submit.TraceId;
            await cluster.StartSweepAsync(spec);
        }

        SweepStatus status = await TestCluster.WaitAsync(async () =>
            await cluster.Grains.GetGrain<ISweepGrain>(spec.Id().Value).GetStatus() is { Ended: not null } ended ? ended : null);
        Activity[] spans = await TestCluster.WaitAsync(() => Task.FromResult(
            Of(trace) is var s && s.Any(a => Is(a, Spans.Publish)) && s.Count(a => Is(a, Spans.Attempt)) == 10 ? s : null));

        Assert.Equal(10, status.Completed);
        Assert.Equal(Spans.All.Except([Spans.Cohort]).Order(), spans.Where(IsOurs).Select(a => a.OperationName).Distinct().Order());
        foreach (string name in new[] { Spans.Grant, Spans.Attempt, Spans.Train, Spans.Commit })
        {
            Assert.Equal(10, spans.Count(a => Is(a, name)));
        }

        Assert.True(spans.Count(a => Is(a, Spans.Want)) >= 2, "the cross-validation and the ablation are wanted");
        Assert.All(spans.Where(a => Is(a, Spans.Attempt)), attempt => AssertFollows(attempt, spans));
        Assert.Equal(10, spans.Where(a => Is(a, Spans.Settle)).Select(a => a.GetTagItem(Traces.RunTag)).OfType<string>().Distinct().Count());
        Assert.All(spans.Where(IsOurs), span => Assert.Equal(Spans.Submit, RootOf(span, spans).OperationName));
        Assert.True(await cluster.Store.ExistsAsync(ArtifactKeys.Trace(spec.Id())));
    }

    [Fact]
    public async Task Sweep_ThatWasNotSubmittedInATrace_LeavesNoneBehind()
    {
        await using PinnedCluster cluster = await PinnedCluster.StartAsync();
        SweepSpec spec = TestSweep.Spec("untraced");

        await cluster.StartSweepAsync(spec);
        await TestCluster.WaitAsync(async () =>
            await cluster.Grains.GetGrain<ISweepGrain>(spec.Id().Value).GetStatus() is { Ended: not null } ended ? ended : null);

        Assert.False(await cluster.Store.ExistsAsync(ArtifactKeys.Trace(spec.Id())));
        Assert.DoesNotContain(_spans, a => Is(a, Spans.Submit));
    }

    [Theory]
    [InlineData("grant", false, SamplingDecision.RecordAndSample)]
    [InlineData("advseg.scheduler/Renew", false, SamplingDecision.Drop)]
    [InlineData("advseg.scheduler/Complete", true, SamplingDecision.RecordAndSample)]
    public void Sampler_OfPollsAndSweeps_KeepsTheSweeps(string name, bool inside, SamplingDecision expected)
    {
        ActivityContext parent = inside
            ? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded)
            : default;
        var parameters = new SamplingParameters(parent, ActivityTraceId.CreateRandom(), name, ActivityKind.Internal);

        Assert.Equal(expected, new SweepSampler().ShouldSample(parameters).Decision);
    }

    private Activity[] Of(ActivityTraceId trace) => [.. _spans.Where(a => a.TraceId == trace)];

    private static bool IsOurs(Activity span) => span.Source.Name == Traces.SourceName;

    private static bool Is(Activity span, string name) => IsOurs(span) && span.OperationName == name;

    /// <summary>An attempt follows its own grant, and its training and its commit are inside it.</summary>
    private static void AssertFollows(Activity attempt, Activity[] spans)
    {
        Activity grant = Assert.Single(spans, a => a.SpanId == attempt.ParentSpanId);
        Assert.Equal(Spans.Grant, grant.OperationName);
        Assert.Equal(grant.GetTagItem(Traces.RunTag), attempt.GetTagItem(Traces.RunTag));
        Assert.Equal("completed", attempt.GetTagItem(Traces.EndTag));
        IEnumerable<string> inside =
            spans.Where(a => a.ParentSpanId == attempt.SpanId && a.Kind == ActivityKind.Internal).Select(a => a.OperationName);
        Assert.Equal([Spans.Commit, Spans.Settle, Spans.Train], inside.Order());
    }

    private static Activity RootOf(Activity span, Activity[] spans) =>
        spans.FirstOrDefault(a => a.SpanId == span.ParentSpanId) is { } parent ? RootOf(parent, spans) : span;
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Telemetry;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Retrying;

namespace AdvSeg.Silo.Worker;

/// <summary>What every attempt of a worker shares.</summary>
/// <param name="Worker">The worker's silo address.</param>
/// <param name="Store">Where artifacts go, bare; attempts use <see cref="Files"/>.</param>
/// <param name="Cohorts">Local copies of cohorts.</param>
/// <param name="Checkpoints">When to save by itself.</param>
/// <param name="Renewal">Whether this worker may still write.</param>
/// <param name="Clock">Time.</param>
/// <param name="Logger">For the worker's own log; a run's log is an artifact of its attempt.</param>
/// <param name="Fenced">Called for each write that had to wait for the scheduler.</param>
public sealed record AttemptContext(
    string Worker, IArtifactStore Store, CohortCache Cohorts, CheckpointPolicy Checkpoints, RenewalFence Renewal, TimeProvider Clock, ILogger Logger,
    Action? Fenced = null)
{
    /// <summary>
    /// The store as attempts use it: fenced, and asked again for as long as it takes. A store that is away delays a checkpoint or a
    /// result; it never fails the run.
    /// </summary>
    public IArtifactStore Files { get; } =
        new RetryingArtifactStore(new FencedStore(Store, Renewal, Fenced ?? (() => { }), Logger), RetryPolicy.Patient, Clock);

    /// <summary>Where attempts train; by default there is always a slot.</summary>
    public TrainingSlots Slots { get; init; } = new(() => int.MaxValue);

    /// <summary>Called with the layout of an attempt's cohort before the attempt stands in line for a slot; null: nobody asks.</summary>
    public Action<LeaseGrant, CohortLayout>? LayoutKnown { get; init; }

    /// <summary>Counts what attempts do; null: nobody does.</summary>
    public WorkerMetrics? Metrics { get; init; }
}

/// <summary>One attempt's side of <see cref="ITrainingSession"/>.</summary>
internal sealed partial class AttemptSession(
    AttemptContext context, LeaseGrant grant, AttemptFiles files, StoredCheckpoint? checkpoint, LiveAttempt live, AttemptTelemetry telemetry,
    AttemptStart start, EndInSight end)
    : ITrainingSession, IDisposable
{
    private readonly List<MetricPoint> _metrics = [];
    private long _savedAt = context.Clock.GetTimestamp();
    private int _savedStep = checkpoint?.Step ?? 0;

    public StoredCheckpoint? Checkpoint
    {
        get
        {
            start.Loaded();
            return checkpoint;
        }
    }

    public StopRequest Stop => live.Stop;

    public CancellationToken Stopped => live.Stopped;

    public bool CheckpointDue(int step)
    {
        telemetry.Step();
        if (start.Stepped())
        {
            LogFirstStep(
                context.Logger, grant.Token, grant.Run, step, start.Checkpoint.TotalSeconds, start.Slot.TotalSeconds, start.Cohort.TotalSeconds,
                start.Step.TotalSeconds);
        }

        end.Reached(step);
        return (context.Checkpoints.EverySteps > 0 && step - _savedStep >= context.Checkpoints.EverySteps)
            || context.Clock.GetElapsedTime(_savedAt) >= context.Checkpoints.Every;
    }

    public string CohortFolder(string digest)
    {
        try
        {
            return telemetry.Cohort(() => context.Cohorts.FolderAsync(digest, live.Stopped).GetAwaiter().GetResult());
        }
        catch (SpecException e)
        {
            throw new TrainingException(FailureClass.Data, e.Message, e);
        }
    }

    public void SaveCheckpoint(int step, byte[] data)
    {
        if (_metrics.Count > 0)
        {
            // The metrics come before the checkpoint, because an attempt that resumes from it does not write them again.
            files.PutMetrics(_metrics);
            _metrics.Clear();
        }

        telemetry.Checkpoint(data.Length, () => files.PutCheckpoint(step, data));
        _savedAt = context.Clock.GetTimestamp();
        _savedStep = step;
        live.CheckpointStep = step;
        LogCheckpoint(context.Logger, grant.Token, grant.Run, step);
    }

    public void Report(TrainingProgress progress) => live.Progress = progress;

    public void Preview(Func<TrainingPreview> segment)
    {
        start.Restored();
        live.Previews.Serve(segment);
    }

    public void Metric(MetricPoint point) => _metrics.Add(point);

    public void Log(string line) => live.Log.Add(line);

    /// <summary>The metrics gathered since the last checkpoint, which are not stored yet.</summary>
    public IReadOnlyList<MetricPoint> Unstored => _metrics;

    public void Dispose() => _metrics.Clear();

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} trained its first step, {Step}: checkpoint "
        + "{Checkpoint:0.000} s, slot {Slot:0.000} s, cohort {Cohort:0.000} s, step {Seconds:0.000} s")]
    private static partial void LogFirstStep(
        ILogger logger, long token, string run, int step, double checkpoint, double slot, double cohort, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} stored the checkpoint of step {Step}")]
    private static partial void LogCheckpoint(ILogger logger, long token, string run, int step);
}

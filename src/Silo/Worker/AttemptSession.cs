using System.Diagnostics;
using AdvSeg.Core;
using AdvSeg.Storage;

namespace AdvSeg.Silo.Worker;

/// <summary>What every attempt of a worker shares.</summary>
/// <param name="Worker">The worker's silo address.</param>
/// <param name="Store">Where artifacts go.</param>
/// <param name="Cohorts">Local copies of cohorts.</param>
/// <param name="Checkpoints">When to save by itself.</param>
/// <param name="Renewal">Whether this worker may still write.</param>
/// <param name="Clock">Time.</param>
/// <param name="Logger">For the worker's own log; a run's log is an artifact of its attempt.</param>
public sealed record AttemptContext(
    string Worker, IArtifactStore Store, CohortCache Cohorts, CheckpointPolicy Checkpoints, RenewalFence Renewal, TimeProvider Clock, ILogger Logger)
{
    /// <summary>Blocks while the lease is not known to be fresh; returns when it is, throws when the attempt must stop.</summary>
    public void WaitUntilRenewed(Func<StopRequest> stop)
    {
        if (!Renewal.WaitUntilFresh(() => stop() == StopRequest.Abandon))
        {
            throw new AttemptAbandonedException();
        }
    }
}

/// <summary>The attempt lost its lease while it waited to write.</summary>
public sealed class AttemptAbandonedException : Exception
{
    public AttemptAbandonedException()
        : base("the lease is no longer this worker's")
    {
    }

    public AttemptAbandonedException(string message)
        : base(message)
    {
    }

    public AttemptAbandonedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>One attempt's side of <see cref="ITrainingSession"/>.</summary>
internal sealed class AttemptSession(
    AttemptContext context,
    AttemptFiles files,
    StoredCheckpoint? checkpoint,
    AttemptLog log,
    Func<StopRequest> stop,
    Action<TrainingProgress> report,
    Action<int> checkpointed) : ITrainingSession, IDisposable
{
    private readonly List<MetricPoint> _metrics = [];
    private long _savedAt = Stopwatch.GetTimestamp();
    private int _savedStep = checkpoint?.Step ?? 0;

    public StoredCheckpoint? Checkpoint => checkpoint;

    public StopRequest Stop => stop();

    public bool CheckpointDue(int step) =>
        (context.Checkpoints.EverySteps > 0 && step - _savedStep >= context.Checkpoints.EverySteps)
        || Stopwatch.GetElapsedTime(_savedAt) >= context.Checkpoints.Every;

    public string CohortFolder(string digest)
    {
        try
        {
            return context.Cohorts.FolderAsync(digest).GetAwaiter().GetResult();
        }
        catch (SpecException e)
        {
            throw new TrainingException(FailureClass.Data, e.Message, e);
        }
    }

    public void SaveCheckpoint(int step, byte[] data)
    {
        context.WaitUntilRenewed(stop);
        Flush(step);
        files.PutCheckpoint(step, data);
        _savedAt = Stopwatch.GetTimestamp();
        _savedStep = step;
        checkpointed(step);
    }

    public void Report(TrainingProgress progress) => report(progress);

    public void Metric(MetricPoint point) => _metrics.Add(point);

    public void Log(string line) => log.Add(line);

    /// <summary>Stores the metrics gathered since the last flush; a resumed attempt goes on after them.</summary>
    public void Flush(int step)
    {
        if (_metrics.Count > 0)
        {
            files.PutMetrics(_metrics);
            _metrics.Clear();
        }
    }

    public void Dispose() => _metrics.Clear();
}

namespace AdvSeg.Core.Runs;

/// <summary>What the trainer is asked to do at the next step boundary.</summary>
public enum StopRequest
{
    /// <summary>Go on.</summary>
    None,

    /// <summary>Save a checkpoint, then stop: drain, pause, preemption.</summary>
    Checkpoint,

    /// <summary>Stop at once and save nothing: cancelled, or the lease belongs to somebody else.</summary>
    Abandon,
}

/// <summary>A checkpoint found in the store, which the trainer said it can resume.</summary>
public sealed record StoredCheckpoint(int Step, long Attempt, byte[] Data);

/// <summary>
/// The world as one attempt's training thread sees it. Every member may be called from that thread at any step; none of them blocks on
/// a grain call. <see cref="SaveCheckpoint"/> returns when the bytes are stored, and throws when they never will be.
/// </summary>
public interface ITrainingSession
{
    /// <summary>The checkpoint to go on from; null starts at step 0.</summary>
    StoredCheckpoint? Checkpoint { get; }

    /// <summary>Read at every step boundary.</summary>
    StopRequest Stop { get; }

    /// <summary>Cancelled with the first request to stop: ends waits between step boundaries, such as that for a cohort.</summary>
    CancellationToken Stopped { get; }

    /// <summary>True when the execution policy wants a checkpoint at this boundary. Whether one is saved never changes a result.</summary>
    bool CheckpointDue(int step);

    /// <summary>A local folder that holds the cohort of this digest, complete and verified.</summary>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Data"/>: the store has no such cohort, or it is damaged.</exception>
    /// <exception cref="OperationCanceledException">The attempt was asked to stop meanwhile (<see cref="Stopped"/>).</exception>
    string CohortFolder(string digest);

    void SaveCheckpoint(int step, byte[] data);

    void Report(TrainingProgress progress);

    /// <summary>
    /// Called at every step boundary: when somebody asked what S segments now, the session calls the function, on this thread and at most
    /// once. A preview changes no bit of the training, and one that fails does not fail the run. A session that nobody looks into asks for none.
    /// </summary>
    void Preview(Func<TrainingPreview> segment)
    {
    }

    /// <summary>Adds a metrics line. Points at or before the resumed step were written by the earlier attempt and are not repeated.</summary>
    void Metric(MetricPoint point);

    void Log(string line);
}

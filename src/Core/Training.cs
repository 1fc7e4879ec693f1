namespace AdvSeg.Core;

/// <summary>Where an attempt stands; sent about once a second, kept only in memory.</summary>
public sealed record TrainingProgress
{
    public required int Step { get; init; }

    public required int Steps { get; init; }

    /// <summary>S steps per second of this attempt, 0 before the first second.</summary>
    public double StepsPerSecond { get; init; }

    /// <summary>Mean loss of S over the steps since the last evaluation; null before the first step.</summary>
    public double? SegmentorLoss { get; init; }

    /// <summary>The same of D, for schemes that have one.</summary>
    public double? DiscriminatorLoss { get; init; }

    /// <summary>The newest selection DSC and the best so far.</summary>
    public double? SelectionDice { get; init; }

    public double? BestSelectionDice { get; init; }
}

/// <summary>One evaluation's metrics, a line of <c>metrics-*.jsonl</c>; losses are means since the previous evaluation.</summary>
public sealed record MetricPoint(int Step, double SegmentorLoss, double? DiscriminatorLoss, double SelectionDice, double LearningRate);

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

/// <summary>A file that a completed training leaves: a name under the attempt's prefix and its bytes.</summary>
public sealed record OutputFile(string Name, byte[] Data);

/// <summary>How a call of <see cref="ITrainer.Train"/> ended.</summary>
public abstract record TrainingOutcome
{
    private TrainingOutcome()
    {
    }

    /// <summary>All steps trained and everything scored; nothing has been stored yet.</summary>
    public sealed record Trained(RunScores Scores, string WeightsDigest, IReadOnlyList<OutputFile> Files) : TrainingOutcome;

    /// <summary>Stopped on request at <see cref="Step"/>; <see cref="Saved"/> says whether a checkpoint of that step was saved.</summary>
    public sealed record Stopped(int Step, bool Saved) : TrainingOutcome;
}

/// <summary>Why an attempt failed; decides whether it is retried.</summary>
public enum FailureClass
{
    /// <summary>The cohort or the spec cannot be used: the same input fails again, so it is never retried.</summary>
    Data,

    /// <summary>A loss or weight became NaN or infinite.</summary>
    Divergence,

    /// <summary>The machine's memory did not suffice, perhaps because others used it.</summary>
    HostOutOfMemory,

    /// <summary>The GPU's memory did not suffice, perhaps because others used it.</summary>
    GpuOutOfMemory,

    /// <summary>The worker was lost again and again without a new checkpoint.</summary>
    CrashLoop,

    /// <summary>Anything else the trainer threw.</summary>
    Code,
}

/// <summary>Thrown by a trainer when it knows the class of its failure.</summary>
public sealed class TrainingException : Exception
{
    public TrainingException(FailureClass failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    public FailureClass Failure { get; }
}

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

    /// <summary>True when the execution policy wants a checkpoint at this boundary. Whether one is saved never changes a result.</summary>
    bool CheckpointDue(int step);

    /// <summary>A local folder that holds the cohort of this digest, complete and verified.</summary>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Data"/>: the store has no such cohort, or it is damaged.</exception>
    string CohortFolder(string digest);

    void SaveCheckpoint(int step, byte[] data);

    void Report(TrainingProgress progress);

    /// <summary>Adds a metrics line. Points at or before the resumed step were written by the earlier attempt and are not repeated.</summary>
    void Metric(MetricPoint point);

    void Log(string line);
}

/// <summary>
/// Trains one run on the calling thread, from the session's checkpoint or from step 0, and scores it. Pure in the run spec: the same
/// spec gives the same <see cref="TrainingOutcome.Trained"/> whatever was stopped and resumed in between.
/// </summary>
public interface ITrainer
{
    /// <summary>Part of a run's identity.</summary>
    string Name { get; }

    /// <summary>Part of a run's identity; raised when results change on purpose.</summary>
    int Revision { get; }

    /// <summary>Hash of what three steps of each scheme give on this machine; checkpoints of another canary are not resumed.</summary>
    string Canary { get; }

    /// <summary>Why a stored checkpoint cannot be resumed for this run on this machine, or null when it can.</summary>
    string? WhyUnusable(RunSpec spec, byte[] checkpoint);

    /// <exception cref="TrainingException">The run failed, with its class; any other exception is <see cref="FailureClass.Code"/>.</exception>
    TrainingOutcome Train(RunSpec spec, ITrainingSession session);
}

using AdvSeg.Core.Runs;

namespace AdvSeg.Training.Tests;

/// <summary>A session in memory: stops when <paramref name="stopAt"/> says so and keeps what it was told.</summary>
internal sealed class TestSession(Func<int, StopRequest>? stopAt = null, byte[]? checkpoint = null) : ITrainingSession
{
    private int _boundary = -1;

    public List<(int Step, byte[] Data)> Saved { get; } = [];

    public List<MetricPoint> Metrics { get; } = [];

    public List<TrainingProgress> Reports { get; } = [];

    public List<string> Lines { get; } = [];

    /// <summary>What somebody who asks at every step boundary saw; null when nobody asks.</summary>
    public List<TrainingPreview>? Previews { get; init; }

    public Func<int, bool> WantsCheckpoint { get; init; } = _ => false;

    public StoredCheckpoint? Checkpoint { get; } = checkpoint is null ? null : new StoredCheckpoint(Step: 0, Attempt: 1, checkpoint);

    /// <summary>Counts the boundaries that the trainer came to in this attempt, from 0.</summary>
    public StopRequest Stop => stopAt?.Invoke(++_boundary) ?? StopRequest.None;

    public CancellationToken Stopped { get; init; }

    public bool CheckpointDue(int step) => WantsCheckpoint(step);

    /// <summary>Of every cohort that the run asks for.</summary>
    public Func<string, string> Folder { get; init; } = _ => Small.CohortFolder;

    public string CohortFolder(string digest) => Folder(digest);

    public void SaveCheckpoint(int step, byte[] data) => Saved.Add((step, data));

    public void Report(TrainingProgress progress) => Reports.Add(progress);

    public void Preview(Func<TrainingPreview> segment) => Previews?.Add(segment());

    public void Metric(MetricPoint point) => Metrics.Add(point);

    public void Log(string line) => Lines.Add(line);
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Cohorts;

namespace AdvSeg.Client.Local;

/// <summary>
/// The world of a run that this process trains by itself. Its checkpoints are those of attempt 0, which no cluster ever grants, so a
/// cluster on the same store could go on from them and they never collide with an attempt's.
/// </summary>
internal sealed class LocalSession : ITrainingSession
{
    private const long Attempt = 0;
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(30);

    private readonly IArtifactStore _store;
    private readonly RunId _run;
    private readonly TrainingLine _line;
    private readonly CancellationToken _cancellationToken;
    private readonly CohortCache _cohorts;
    private readonly TimeProvider _clock;
    private long _savedAt;

    private LocalSession(
        IArtifactStore store, RunId run, StoredCheckpoint? checkpoint, TrainingLine line, TimeProvider clock, CancellationToken cancellationToken)
    {
        _clock = clock;
        _savedAt = clock.GetTimestamp();
        _store = store;
        _run = run;
        _line = line;
        _cancellationToken = cancellationToken;
        _cohorts = new CohortCache(store, "");
        Checkpoint = checkpoint;
    }

    public StoredCheckpoint? Checkpoint { get; }

    public StopRequest Stop => _cancellationToken.IsCancellationRequested ? StopRequest.Checkpoint : StopRequest.None;

    /// <summary>Goes on from the newest usable checkpoint of an earlier call, if there is one.</summary>
    /// <param name="store">This process's store.</param>
    /// <param name="run">The run.</param>
    /// <param name="whyUnusable">Says why a checkpoint cannot be used, or null.</param>
    /// <param name="line">Where progress is shown.</param>
    /// <param name="clock">Decides when to save.</param>
    /// <param name="cancellationToken">Asks the training to save a checkpoint and stop.</param>
    public static async Task<LocalSession> OpenAsync(
        IArtifactStore store, RunId run, Func<byte[], string?> whyUnusable, TrainingLine line, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        StoredCheckpoint? newest = null;
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.CheckpointsPrefix(run, Attempt), cancellationToken))
        {
            if (AttemptKey.Parse(info.Key)?.CheckpointStep is not { } step || await store.GetAsync(info.Key, cancellationToken) is not { } artifact)
            {
                continue;
            }

            if (whyUnusable(artifact.Data) is { } why)
            {
                line.Say($"The checkpoint of step {step} is not used: {why}");
                continue;
            }

            newest = new StoredCheckpoint(step, Attempt, artifact.Data);
        }

        return new LocalSession(store, run, newest, line, clock, cancellationToken);
    }

    public bool CheckpointDue(int step) => _clock.GetElapsedTime(_savedAt) >= SaveEvery;

    public string CohortFolder(string digest) => _cohorts.FolderAsync(digest, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Keeps the newest only.</summary>
    public void SaveCheckpoint(int step, byte[] data)
    {
        SaveAsync(step, data).GetAwaiter().GetResult();
        _savedAt = _clock.GetTimestamp();
    }

    public void Report(TrainingProgress progress) => _line.Show(progress);

    public void Metric(MetricPoint point)
    {
    }

    public void Log(string line) => _line.Say(line);

    private async Task SaveAsync(int step, byte[] data)
    {
        string kept = ArtifactKeys.Checkpoint(_run, Attempt, step);
        await _store.PutAsync(kept, data);
        List<string> older = [];
        await foreach (ArtifactInfo info in _store.ListAsync(ArtifactKeys.CheckpointsPrefix(_run, Attempt)))
        {
            if (info.Key != kept)
            {
                older.Add(info.Key);
            }
        }

        foreach (string key in older)
        {
            await _store.DeleteAsync(key);
        }
    }
}

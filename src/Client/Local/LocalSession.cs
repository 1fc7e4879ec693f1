using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Worker;
using AdvSeg.Storage.Cohorts;

namespace AdvSeg.Client.Local;

/// <summary>
/// The session of a run that this process trains by itself. It stores all that an attempt of a cluster stores, as attempt 0: no cluster ever grants
/// that number, so a cluster on the same store can go on from its checkpoints, and the two never collide.
/// </summary>
internal sealed class LocalSession : ITrainingSession
{
    private const long Attempt = 0;

    private readonly TrainingLine _line;
    private readonly CancellationToken _cancellationToken;
    private readonly CheckpointPolicy _checkpoints = SiloConfiguration.Apply(new SiloSettings()).Checkpoints;
    private readonly CohortCache _cohorts;
    private readonly AttemptFiles _files;
    private readonly AttemptLog _log;
    private readonly TimeProvider _clock;
    private readonly List<MetricPoint> _metrics = [];
    private readonly DateTimeOffset _started;
    private long _savedAt;
    private int _savedStep;

    /// <summary>Goes on from the newest checkpoint of the run that can be used, if there is one.</summary>
    /// <param name="store">This process's store.</param>
    /// <param name="run">The run.</param>
    /// <param name="whyUnusable">Says why a checkpoint cannot be used, or null.</param>
    /// <param name="line">Where progress is shown.</param>
    /// <param name="clock">Decides when to save, and dates what is stored.</param>
    /// <param name="cancellationToken">Asks the training to save a checkpoint and stop.</param>
    public LocalSession(
        IArtifactStore store, RunId run, Func<byte[], string?> whyUnusable, TrainingLine line, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        (_line, _clock, _cancellationToken) = (line, clock, cancellationToken);
        (_log, _started, _savedAt) = (new AttemptLog(clock), clock.GetUtcNow(), clock.GetTimestamp());
        _cohorts = new CohortCache(store, "");
        _files = new AttemptFiles(store, run, Attempt, CancellationToken.None);
        Checkpoint = _files.NewestUsable(whyUnusable, Log);
        _savedStep = Checkpoint?.Step ?? 0;
    }

    public StoredCheckpoint? Checkpoint { get; }

    public StopRequest Stop => _cancellationToken.IsCancellationRequested ? StopRequest.Checkpoint : StopRequest.None;

    public CancellationToken Stopped => _cancellationToken;

    public bool CheckpointDue(int step) =>
        (_checkpoints.EverySteps > 0 && step - _savedStep >= _checkpoints.EverySteps) || _clock.GetElapsedTime(_savedAt) >= _checkpoints.Every;

    public string CohortFolder(string digest) => _cohorts.FolderAsync(digest, _cancellationToken).GetAwaiter().GetResult();

    public void SaveCheckpoint(int step, byte[] data)
    {
        Flush();
        _files.PutCheckpoint(step, data);
        (_savedAt, _savedStep) = (_clock.GetTimestamp(), step);
    }

    public void Report(TrainingProgress progress) => _line.Show(progress);

    public void Metric(MetricPoint point) => _metrics.Add(point);

    public void Log(string line)
    {
        _log.Add(line);
        _line.Say(line);
    }

    /// <summary>Everything the result names is stored first; the result is put last, if absent.</summary>
    /// <returns>The result that is the run's now.</returns>
    public RunResult Commit(RunSpec spec, TrainingOutcome.Trained trained, string canary)
    {
        _log.Add($"trained; weights of step {trained.Scores.SelectedStep} selected");
        _files.PutSpec(spec);
        var result = new RunResult
        {
            Run = spec.Id().Value,
            Attempt = Attempt,
            Scores = trained.Scores,
            WeightsDigest = trained.WeightsDigest,
            ResultDigest = RunResult.DigestOf(trained.Scores, trained.WeightsDigest),
            Artifacts = _files.PutOutputs(trained.Files, _log, _metrics),
            Provenance = new RunProvenance
            {
                Worker = $"advseg train on {Environment.MachineName}",
                Started = _started,
                Finished = _clock.GetUtcNow(),
                StepsTrained = spec.Protocol.Steps - (Checkpoint?.Step ?? 0),
                ResumedFromStep = Checkpoint?.Step,
                ResumedFromAttempt = Checkpoint?.Attempt,
                Canary = canary,
                Version = typeof(LocalSession).Assembly.GetName().Version!.ToString(3),
            },
        };
        _files.PutResult(result);
        _files.DeleteCheckpoints();
        return result;
    }

    private void Flush()
    {
        if (_metrics.Count > 0)
        {
            _files.PutMetrics(_metrics);
            _metrics.Clear();
        }
    }
}

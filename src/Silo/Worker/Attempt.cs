using System.Diagnostics;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Grains;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Telemetry;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// One attempt on its own thread: look for a result, pick a checkpoint, train, commit. Created by the agent when a lease is granted.
/// </summary>
public sealed partial class Attempt
{
    /// <summary>How many of the newest log lines a failure carries.</summary>
    private const int LogTailLines = 50;

    private readonly LeaseGrant _grant;
    private readonly ITrainer _trainer;
    private readonly AttemptFiles _files;
    private readonly AttemptContext _context;
    private readonly LiveAttempt _live;
    private readonly AttemptTelemetry _telemetry;
    private readonly AttemptStart _start;
    private readonly EndInSight _end;
    private volatile bool _inSlot;
    private readonly TaskCompletionSource _trained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<AttemptEnding> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Attempt(LeaseGrant grant, ITrainer trainer, AttemptContext context)
    {
        _grant = grant;
        _trainer = trainer;
        _context = context;
        _live = new LiveAttempt(context.Clock);
        _telemetry = new AttemptTelemetry(grant, context.Metrics, context.Clock, context.Logger);
        _start = new AttemptStart(context.Clock);
        _end = new EndInSight(grant.Spec.Protocol.Steps, context.Clock);
        _files = new AttemptFiles(context.Files, new RunId(grant.Run), grant.Token, _live.Abandoned);
    }

    public LeaseGrant Grant => _grant;

    public TrainingProgress? Progress => _live.Progress;

    /// <summary>The highest step this attempt has checkpointed.</summary>
    public int CheckpointStep => _live.CheckpointStep;

    /// <summary>How much of its core its thread uses, 0 to 1; null: not known.</summary>
    public double? CoreUse => _telemetry.CoreUse;

    /// <summary>Its span, if it is traced.</summary>
    public ActivityContext Span => _telemetry.Span;

    /// <summary>The attempt holds a slot: it trains, or its training ended without a result.</summary>
    public bool InSlot => _inSlot;

    /// <summary>Completes when the training will soon be over, if that can be foreseen.</summary>
    public Task EndInSight => _end.Seen;

    /// <summary>
    /// Completes when the training is over and only files are left to store, which needs no slot. Never, when it ends otherwise.
    /// </summary>
    public Task Trained => _trained.Task;

    /// <summary>Completes, and never faults, when the thread is done.</summary>
    public Task<AttemptEnding> Ending => _ending.Task;

    /// <summary>
    /// Taken at the next step; a stronger request replaces a weaker one. Abandoning also ends a wait for the store or the scheduler.
    /// </summary>
    public void RequestStop(StopRequest request) => _live.Request(request);

    /// <summary>The newest lines of its log, oldest first.</summary>
    public IReadOnlyList<string> LogTail(int lines) => _live.Log.Tail(lines);

    /// <summary>What S segments at the next step boundary; once the wait is over, the newest preview that was made before.</summary>
    public Task<PreviewReply> PreviewAsync(TimeSpan wait) => _live.Previews.AskAsync(wait);

    public void Start()
    {
        var thread = new Thread(() => _ending.SetResult(_telemetry.Attempt(Execute))) { IsBackground = true, Name = $"attempt {_grant.Token}" };
        thread.Start();
    }

    private AttemptLog Log => _live.Log;

    private AttemptEnding Execute()
    {
        try
        {
            return TrainOrFail();
        }
        catch (OperationCanceledException) when (_live.Abandoned.IsCancellationRequested)
        {
            return new AttemptEnding.Abandoned();
        }
        catch (ArtifactStoreException e)
        {
            return new AttemptEnding.Refused(_live.CheckpointStep, PublicText.Of(e.Message));
        }
        catch (Exception e)
        {
            // The thread is the boundary: whatever is thrown becomes this run's failure, never the worker's end.
            return new AttemptEnding.Failed(FailureClass.Code, Describe(e), Log.Tail(LogTailLines));
        }
    }

    private AttemptEnding TrainOrFail()
    {
        try
        {
            return Train();
        }
        catch (TrainingException e)
        {
            return Fail(e.Failure, e.Message);
        }
        catch (SpecException e)
        {
            return Fail(FailureClass.Data, PublicText.Of(e.Message));
        }
        catch (OutOfMemoryException e)
        {
            return Fail(FailureClass.HostOutOfMemory, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_live.Abandoned.IsCancellationRequested)
        {
            Log.Add(e.ToString());
            return Fail(FailureClass.Code, Describe(e));
        }
    }

    private AttemptEnding Train()
    {
        if (_files.HasResult())
        {
            return new AttemptEnding.Completed();
        }

        DateTimeOffset started = _context.Clock.GetUtcNow();

        // This write also shows whether this worker may write at all, before any time is spent on training.
        _files.PutSpec(_grant.Spec);
        StoredCheckpoint? checkpoint = _files.NewestUsable(data => _trainer.WhyUnusable(_grant.Spec, data), Log.Add);
        _live.CheckpointStep = checkpoint?.Step ?? 0;
        Log.Add(checkpoint is null
            ? $"starts at step 0 on {_context.Worker}"
            : $"resumes at step {checkpoint.Step} of attempt {checkpoint.Attempt} on {_context.Worker}");
        LogTrains(_context.Logger, _grant.Token, _grant.Run, _live.CheckpointStep);
        using var session = new AttemptSession(_context, _grant, _files, checkpoint, _live, _telemetry, _start, _end);
        _context.LayoutKnown?.Invoke(_grant, _files.LayoutOf(_grant.Spec.CohortDigest));
        _start.Found();
        switch (TrainInSlot(session))
        {
            case TrainingOutcome.Trained trained:
                _trained.SetResult();
                _telemetry.Commit(() => Commit(trained, session.Unstored, checkpoint, started));
                return new AttemptEnding.Completed();
            case TrainingOutcome.Stopped when _live.Stop == StopRequest.Abandon:
                return new AttemptEnding.Abandoned();
            case TrainingOutcome.Stopped stopped:
                Log.Add($"stopped on request at step {stopped.Step}, {(stopped.Saved ? "checkpoint saved" : "nothing saved")}");
                _files.PutLog(Log);
                return new AttemptEnding.Released(_live.CheckpointStep);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// Waits for a slot, trains in it, and leaves it. An attempt whose training gives no result keeps its slot until the agent knows why, so that
    /// attempts that ran out of memory together are counted together.
    /// </summary>
    private TrainingOutcome TrainInSlot(AttemptSession session)
    {
        TrainingOutcome outcome;
        try
        {
            _context.Slots.Enter(_live.Stopped);
            _inSlot = true;
            _start.InSlot();
            outcome = _telemetry.Train(() => _trainer.Train(_grant.Spec, session));
        }
        catch (OperationCanceledException) when (_live.Stopped.IsCancellationRequested)
        {
            return new TrainingOutcome.Stopped(_live.CheckpointStep, Saved: false);
        }

        if (outcome is TrainingOutcome.Trained)
        {
            _inSlot = false;
            _context.Slots.Leave();
        }

        return outcome;
    }

    /// <summary>Everything the result names is stored first; the result is put last, if absent.</summary>
    /// <returns>Whether the result is this attempt's.</returns>
    private bool Commit(
        TrainingOutcome.Trained trained, IReadOnlyList<MetricPoint> metrics, StoredCheckpoint? checkpoint, DateTimeOffset started)
    {
        DateTimeOffset finished = _context.Clock.GetUtcNow();
        Log.Add($"trained; weights of step {trained.Scores.SelectedStep} selected");
        IReadOnlyList<ArtifactReference> artifacts = _files.PutOutputs(trained.Files, Log, metrics);
        var result = new RunResult
        {
            Run = _grant.Run,
            Attempt = _grant.Token,
            Scores = trained.Scores,
            WeightsDigest = trained.WeightsDigest,
            ResultDigest = RunResult.DigestOf(trained.Scores, trained.WeightsDigest),
            Artifacts = artifacts,
            Provenance = new RunProvenance
            {
                Worker = _context.Worker,
                Started = started,
                Finished = finished,
                StepsTrained = _grant.Spec.Protocol.Steps - (checkpoint?.Step ?? 0),
                ResumedFromStep = checkpoint?.Step,
                ResumedFromAttempt = checkpoint?.Attempt,
                Attempts = _grant.Attempts,
                Canary = _trainer.Canary,
                Version = typeof(Attempt).Assembly.GetName().Version!.ToString(3),
            },
        };
        Failpoint.Reach(Failpoint.BeforeResultPut);
        bool first = _files.PutResult(result);
        LogCommitted(_context.Logger, _grant.Token, _grant.Run, first ? "its result is the run's" : "another attempt's result was there first");
        Failpoint.Reach(Failpoint.AfterResultPut);
        DeleteCheckpoints();
        return first;
    }

    /// <summary>The run is completed already: what cannot be deleted is litter, not a failure.</summary>
    private void DeleteCheckpoints()
    {
        try
        {
            _files.DeleteCheckpoints();
        }
        catch (Exception e) when (e is ArtifactStoreException or OperationCanceledException)
        {
            LogLitter(_context.Logger, _grant.Token, _grant.Run, e.Message);
        }
    }

    /// <summary>
    /// Stores the log and looks for a result, which also shows whose failure it is: a store that keeps refusing even these calls refuses this worker
    /// (<see cref="AttemptEnding.Refused"/>), and no run fails for that.
    /// </summary>
    /// <exception cref="ArtifactStoreException">The store refuses.</exception>
    private AttemptEnding Fail(FailureClass failure, string message)
    {
        Log.Add($"failed ({failure}): {message}");
        _files.PutLog(Log);
        return _files.HasResult() ? new AttemptEnding.Completed() : new AttemptEnding.Failed(failure, message, Log.Tail(LogTailLines));
    }

    private static string Describe(Exception e) =>
        PublicText.Of(e is ArtifactStoreException ? e.Message : $"{e.GetType().Name}: {e.Message}");

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} trains from step {Step}")]
    private static partial void LogTrains(ILogger logger, long token, string run, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} committed: {Whose}")]
    private static partial void LogCommitted(ILogger logger, long token, string run, string whose);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Token} of run {Run} could not delete checkpoints that nobody needs any more: "
        + "{Reason}")]
    private static partial void LogLitter(ILogger logger, long token, string run, string reason);
}

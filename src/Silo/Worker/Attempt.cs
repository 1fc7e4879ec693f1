using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Grains;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// One attempt on its own thread: look for a result, pick a checkpoint, train, commit. Created by the agent when a lease is granted.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Requests to stop may come after the end, and a source without timers holds nothing to dispose.")]
public sealed partial class Attempt
{
    private readonly LeaseGrant _grant;
    private readonly ITrainer _trainer;
    private readonly AttemptFiles _files;
    private readonly AttemptContext _context;
    private readonly CancellationTokenSource _abandoned = new();
    private readonly TaskCompletionSource<AttemptEnding> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TrainingProgress? _progress;
    private volatile int _stop;
    private volatile int _checkpointStep;

    public Attempt(LeaseGrant grant, ITrainer trainer, AttemptContext context)
    {
        _grant = grant;
        _trainer = trainer;
        _context = context;
        _files = new AttemptFiles(context.Files, new RunId(grant.Run), grant.Token, _abandoned.Token);
    }

    public LeaseGrant Grant => _grant;

    public TrainingProgress? Progress => _progress;

    /// <summary>The highest step this attempt has checkpointed.</summary>
    public int CheckpointStep => _checkpointStep;

    /// <summary>Completes, and never faults, when the thread is done.</summary>
    public Task<AttemptEnding> Ending => _ending.Task;

    /// <summary>Taken at the next step; a stronger request replaces a weaker one. Abandoning also ends a wait for the store or the scheduler.</summary>
    public void RequestStop(StopRequest request)
    {
        lock (_abandoned)
        {
            _stop = Math.Max(_stop, (int)request);
        }

        if (request == StopRequest.Abandon)
        {
            _abandoned.Cancel();
        }
    }

    public void Start()
    {
        var thread = new Thread(() => _ending.SetResult(Execute())) { IsBackground = true, Name = $"attempt {_grant.Token}" };
        thread.Start();
    }

    private StopRequest StopRequested => (StopRequest)_stop;

    private AttemptEnding Execute()
    {
        var log = new AttemptLog(_context.Clock);
        try
        {
            return TrainOrFail(log);
        }
        catch (OperationCanceledException) when (_abandoned.IsCancellationRequested)
        {
            return new AttemptEnding.Abandoned();
        }
        catch (ArtifactStoreException e)
        {
            return new AttemptEnding.Refused(_checkpointStep, e.Message);
        }
        catch (Exception e)
        {
            // The thread is the boundary: whatever is thrown becomes this run's failure, never the worker's end.
            return new AttemptEnding.Failed(FailureClass.Code, Describe(e), log.Tail());
        }
    }

    private AttemptEnding TrainOrFail(AttemptLog log)
    {
        try
        {
            return Train(log);
        }
        catch (TrainingException e)
        {
            return Fail(log, e.Failure, e.Message);
        }
        catch (SpecException e)
        {
            return Fail(log, FailureClass.Data, e.Message);
        }
        catch (OutOfMemoryException e)
        {
            return Fail(log, FailureClass.HostOutOfMemory, e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException || !_abandoned.IsCancellationRequested)
        {
            log.Add(e.ToString());
            return Fail(log, FailureClass.Code, Describe(e));
        }
    }

    private AttemptEnding Train(AttemptLog log)
    {
        if (_files.HasResult())
        {
            return new AttemptEnding.Completed();
        }

        DateTimeOffset started = _context.Clock.GetUtcNow();
        _files.PutSpec(_grant.Spec);
        StoredCheckpoint? checkpoint = _files.NewestUsable(data => _trainer.WhyUnusable(_grant.Spec, data), log.Add);
        _checkpointStep = checkpoint?.Step ?? 0;
        log.Add(checkpoint is null ? $"starts at step 0 on {_context.Worker}" : $"resumes at step {checkpoint.Step} of attempt {checkpoint.Attempt} on {_context.Worker}");

        // This write shows whether this worker may write at all, before any time is spent on training.
        _files.PutLog(log);
        LogTrains(_context.Logger, _grant.Token, _grant.Run, _checkpointStep);
        using var session = new AttemptSession(_context, _files, checkpoint, log, () => StopRequested, p => _progress = p, Checkpointed, _abandoned.Token);
        switch (_trainer.Train(_grant.Spec, session))
        {
            case TrainingOutcome.Trained trained:
                session.Flush();
                Commit(trained, checkpoint, started, log);
                return new AttemptEnding.Completed();
            case TrainingOutcome.Stopped when StopRequested == StopRequest.Abandon:
                return new AttemptEnding.Abandoned();
            case TrainingOutcome.Stopped stopped:
                log.Add($"stopped on request at step {stopped.Step}, {(stopped.Saved ? "checkpoint saved" : "nothing saved")}");
                _files.PutLog(log);
                return new AttemptEnding.Released(_checkpointStep);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>Everything the result names is stored first; the result is put last, if absent.</summary>
    private void Commit(TrainingOutcome.Trained trained, StoredCheckpoint? checkpoint, DateTimeOffset started, AttemptLog log)
    {
        DateTimeOffset finished = _context.Clock.GetUtcNow();
        log.Add($"trained; weights of step {trained.Scores.SelectedStep} selected");
        List<ArtifactReference> artifacts = [.. trained.Files.Select(_files.PutOutput), _files.PutLog(log)];
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
        LogCommitted(_context.Logger, _grant.Token, _grant.Run, _files.PutResult(result) ? "its result is the run's" : "another attempt's result was there first");
        Failpoint.Reach(Failpoint.AfterResultPut);
        DeleteCheckpoints();
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

    private void Checkpointed(int step)
    {
        _checkpointStep = step;
        LogCheckpoint(_context.Logger, _grant.Token, _grant.Run, step);
    }

    /// <summary>
    /// Storing the log and looking for the result also tells whose failure it is: a store that lasts in refusing even that is closed to
    /// this worker (<see cref="AttemptEnding.Refused"/>), and no run fails for it.
    /// </summary>
    /// <exception cref="ArtifactStoreException">The store refuses.</exception>
    private AttemptEnding Fail(AttemptLog log, FailureClass failure, string message)
    {
        log.Add($"failed ({failure}): {message}");
        _files.PutLog(log);
        return _files.HasResult() ? new AttemptEnding.Completed() : new AttemptEnding.Failed(failure, message, log.Tail());
    }

    private static string Describe(Exception e) => e is ArtifactStoreException ? e.Message : $"{e.GetType().Name}: {e.Message}";

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} trains from step {Step}")]
    private static partial void LogTrains(ILogger logger, long token, string run, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} stored the checkpoint of step {Step}")]
    private static partial void LogCheckpoint(ILogger logger, long token, string run, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} committed: {Whose}")]
    private static partial void LogCommitted(ILogger logger, long token, string run, string whose);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Token} of run {Run} could not delete checkpoints that nobody needs any more: {Reason}")]
    private static partial void LogLitter(ILogger logger, long token, string run, string reason);
}

using System.Diagnostics;
using AdvSeg.Core;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Worker;

/// <summary>How an attempt's thread ended, for the agent to tell the scheduler.</summary>
public abstract record AttemptEnding
{
    private AttemptEnding()
    {
    }

    /// <summary>A result is in the store, ours or another's.</summary>
    public sealed record Completed : AttemptEnding;

    public sealed record Released(int CheckpointStep) : AttemptEnding;

    /// <summary>The lease is somebody else's or nobody's: nothing is said.</summary>
    public sealed record Abandoned : AttemptEnding;

    public sealed record Failed(FailureClass Failure, string Message, IReadOnlyList<string> LogTail) : AttemptEnding;
}

/// <summary>
/// One attempt on its own thread: look for a result, pick a checkpoint, train, commit. Created by the agent when a lease is granted.
/// </summary>
public sealed partial class Attempt
{
    private readonly LeaseGrant _grant;
    private readonly ITrainer _trainer;
    private readonly AttemptFiles _files;
    private readonly AttemptContext _context;
    private readonly TaskCompletionSource<AttemptEnding> _ending = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile TrainingProgress? _progress;
    private volatile int _stop;
    private volatile int _checkpointStep;

    public Attempt(LeaseGrant grant, ITrainer trainer, AttemptContext context)
    {
        _grant = grant;
        _trainer = trainer;
        _context = context;
        _files = new AttemptFiles(context.Store, new RunId(grant.Run), grant.Token);
    }

    public LeaseGrant Grant => _grant;

    public TrainingProgress? Progress => _progress;

    /// <summary>The highest step this attempt has checkpointed.</summary>
    public int CheckpointStep => _checkpointStep;

    /// <summary>Completes, and never faults, when the thread is done.</summary>
    public Task<AttemptEnding> Ending => _ending.Task;

    /// <summary>Taken at the next step; a stronger request replaces a weaker one.</summary>
    public void RequestStop(StopRequest request) => _stop = Math.Max(_stop, (int)request);

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
            return Train(log);
        }
        catch (AttemptAbandonedException)
        {
            return new AttemptEnding.Abandoned();
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
        catch (Exception e)
        {
            // The thread is the boundary: whatever a trainer throws becomes this run's failure, never the worker's end.
            log.Add(e.ToString());
            return Fail(log, FailureClass.Code, $"{e.GetType().Name}: {e.Message}");
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
        LogTrains(_context.Logger, _grant.Token, _grant.Run, _checkpointStep);
        using var session = new AttemptSession(_context, _files, checkpoint, log, () => StopRequested, p => _progress = p, Checkpointed);
        switch (_trainer.Train(_grant.Spec, session))
        {
            case TrainingOutcome.Trained trained:
                session.Flush(_grant.Spec.Protocol.Steps);
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
        _context.WaitUntilRenewed(() => StopRequested);
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
        _files.DeleteCheckpoints();
    }

    private void Checkpointed(int step)
    {
        _checkpointStep = step;
        LogCheckpoint(_context.Logger, _grant.Token, _grant.Run, step);
    }

    private AttemptEnding Fail(AttemptLog log, FailureClass failure, string message)
    {
        log.Add($"failed ({failure}): {message}");
        try
        {
            _files.PutLog(log);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Add($"the log could not be stored: {e.Message}");
        }

        return new AttemptEnding.Failed(failure, message, log.Tail());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} trains from step {Step}")]
    private static partial void LogTrains(ILogger logger, long token, string run, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} stored the checkpoint of step {Step}")]
    private static partial void LogCheckpoint(ILogger logger, long token, string run, int step);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} committed: {Whose}")]
    private static partial void LogCommitted(ILogger logger, long token, string run, string whose);
}

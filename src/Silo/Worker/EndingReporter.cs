using System.Diagnostics;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Worker;

/// <summary>Tells the scheduler how attempts ended, again until it has heard.</summary>
public sealed partial class EndingReporter(IGrainFactory grains, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <param name="attempt">Whose ending it is.</param>
    /// <param name="ending">How it ended.</param>
    /// <param name="draining">The worker lets go of everything: a released run was preempted, not paused.</param>
    /// <param name="stop">The worker leaves; the lease then ends by itself.</param>
    public async Task TellAsync(Attempt attempt, AttemptEnding ending, bool draining, CancellationToken stop)
    {
        using Activity? span = Traces.Source.StartActivity(Spans.Settle, ActivityKind.Internal, attempt.Span);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await TellOnceAsync(attempt.Grant, ending, draining);
                return;
            }
            catch (Exception e)
            {
                LogNotTold(logger, e, attempt.Grant.Token);
                await Task.Delay(RetryAfter, clock, CancellationToken.None);
            }
        }
    }

    private Task TellOnceAsync(LeaseGrant grant, AttemptEnding ending, bool draining)
    {
        ISchedulerGrain scheduler = grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);
        return ending switch
        {
            AttemptEnding.Completed => scheduler.Complete(grant.Run),
            AttemptEnding.Released released =>
                scheduler.Release(grant.Token, draining ? AttemptEnd.Preempted : AttemptEnd.Paused, released.CheckpointStep, why: null),
            AttemptEnding.Refused refused => scheduler.Release(grant.Token, AttemptEnd.Released, refused.CheckpointStep, refused.Message),
            AttemptEnding.Failed failed =>
                scheduler.Fail(new FailedAttempt(grant.Token, failed.Failure, failed.Message, failed.LogTail)),
            AttemptEnding.Abandoned => Task.CompletedTask,
            _ => throw new UnreachableException($"nobody tells of an ending of type {ending.GetType().Name}"),
        };
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler was not told how attempt {Token} ended; trying again")]
    private static partial void LogNotTold(ILogger logger, Exception exception, long token);
}

using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>What the scheduler writes into the log.</summary>
public sealed partial class SchedulerGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "What the last attempt of run {Run} came to cannot be read; it counts as lost "
        + "without progress")]
    private static partial void LogNotLearned(ILogger logger, Exception exception, string run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether run {Run} has a result could not be looked at; it is granted, and its attempt "
        + "looks again")]
    private static partial void LogNotLookedAt(ILogger logger, Exception exception, string run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} is trained again, its result is put aside: {Problem}")]
    private static partial void LogResultLost(ILogger logger, string run, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Scheduler active: epoch {Epoch}, {Sweeps} sweeps, {Leases} leases")]
    private static partial void LogActivated(ILogger logger, long epoch, int sweeps, int leases);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} leaves the queue: its plan cannot be read")]
    private static partial void LogPlanMissing(ILogger logger, Exception exception, string sweep);

    [LoggerMessage(Level = LogLevel.Error, Message = "The scheduler's state could not be written (claimed by another activation: {Claimed}); it "
        + "starts again from the store")]
    private static partial void LogWriteFailed(ILogger logger, Exception exception, bool claimed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attempt {Token} is lost: {Why}")]
    private static partial void LogLost(ILogger logger, long token, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} has been silent for two terms, though other silos hear it; it is put out "
        + "of the cluster")]
    private static partial void LogEvicted(ILogger logger, string worker);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Worker {Worker} could not be put out of the cluster; trying again")]
    private static partial void LogNotEvicted(ILogger logger, Exception exception, string worker);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} acknowledged run {Run}")]
    private static partial void LogAcknowledged(ILogger logger, string sweep, string run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The settlement of run {Run} was not delivered; it will be again")]
    private static partial void LogNotDelivered(ILogger logger, Exception exception, string run);
}

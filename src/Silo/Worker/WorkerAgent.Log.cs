namespace AdvSeg.Silo.Worker;

public sealed partial class WorkerAgent
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "No lease could be asked for; trying again")]
    private static partial void LogNoLease(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Asks for work: the canary {Canary} took {Seconds:0.000} s")]
    private static partial void LogAsks(ILogger logger, string canary, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} was leased {Seconds:0.000} s after it was asked for")]
    private static partial void LogLeased(ILogger logger, long token, string run, double seconds);

    [LoggerMessage(Level = LogLevel.Information, Message = "Attempt {Token} of run {Run} ended: {Ending}")]
    private static partial void LogEnded(ILogger logger, long token, string run, string ending);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attempt {Token} let run {Run} go, because the store refuses this worker; its slot rests for "
        + "{Seconds} s. {Reason}")]
    private static partial void LogRefused(ILogger logger, long token, string run, double seconds, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} tokens were not renewed")]
    private static partial void LogNotRenewed(ILogger logger, Exception exception, int count);
}

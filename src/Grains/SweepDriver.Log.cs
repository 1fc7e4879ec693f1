using AdvSeg.Core.Sweeps;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>What a sweep writes into the log as it goes on.</summary>
internal sealed partial class SweepDriver
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} started: {Runs} runs before its first choice")]
    private static partial void LogStarted(ILogger logger, string sweep, int runs);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep}: {Runs} runs are retried; it goes on in stage {Stage}")]
    private static partial void LogRetried(ILogger logger, string sweep, int runs, SweepStage stage);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep}: completed runs have no result that can be read; they are trained again")]
    private static partial void LogLost(ILogger logger, string sweep);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep}: {Reason}")]
    private static partial void LogEntered(ILogger logger, string sweep, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} ended: {Stage}")]
    private static partial void LogEnded(ILogger logger, string sweep, SweepStage stage);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} could not go on; it tries again in 2 s")]
    private static partial void LogNotGoneOn(ILogger logger, Exception exception, string sweep);
}

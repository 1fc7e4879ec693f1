using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AdvSeg.UseCases.Hosting;

/// <summary>How a process of a cluster logs: one line an event on stdout, with UTC times, which is what a log collector wants.</summary>
public static class ConsoleLog
{
    /// <summary>Replaces what the host logs to.</summary>
    public static ILoggingBuilder UseConsoleLog(this ILoggingBuilder logging) => logging
        .ClearProviders()
        .SetMinimumLevel(LogLevel.Warning)
        .AddFilter("AdvSeg", LogLevel.Information)
        .AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
}

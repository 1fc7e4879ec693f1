using AdvSeg.Core.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AdvSeg.Hosting.Logging;

/// <summary>How a process writes its log.</summary>
public enum LogFormat
{
    /// <summary>One line an event for people.</summary>
    Text,

    /// <summary>One JSON object an event for collectors.</summary>
    Json,
}

/// <summary>
/// The log of a host: one line an event on stdout, with UTC times. No files: who starts the process keeps, bounds and rotates its output.
/// </summary>
public static class HostLogging
{
    public const string Variable = "ADVSEG_LOG_FORMAT";

    /// <exception cref="SpecException">The text is neither <c>text</c> nor <c>json</c>.</exception>
    public static LogFormat Parse(string? text, string name = Variable) => text?.ToLowerInvariant() switch
    {
        null or "" or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => throw new SpecException($"{name} is '{text}'; use text or json."),
    };

    public static ILoggingBuilder AddHostConsole(this ILoggingBuilder logging, LogFormat format)
    {
        logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("AdvSeg", LogLevel.Information).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        return format switch
        {
            LogFormat.Text => logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            }),
            LogFormat.Json => logging.AddConsole(console => console.FormatterName = JsonLines.FormatterName)
                .AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>(),
        };
    }
}

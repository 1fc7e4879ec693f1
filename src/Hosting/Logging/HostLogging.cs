using AdvSeg.Core.Errors;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace AdvSeg.Hosting.Logging;

/// <summary>
/// The log of a host: one line an event, with UTC times, on stdout or, where a folder is named, in files there that rotate.
/// </summary>
public static class HostLogging
{
    /// <param name="logging">Of the host.</param>
    /// <param name="settings">Where to and how.</param>
    /// <param name="name">Of the file without its ending, where it is one.</param>
    /// <returns>The newest file; null for stdout.</returns>
    /// <exception cref="SpecException">No log can be written there.</exception>
    public static string? AddHostLog(this ILoggingBuilder logging, LogSettings settings, string name)
    {
        logging.ClearProviders().SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("AdvSeg", LogLevel.Information).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        AddConsole(logging, settings.Format);
        if (settings.Folder is not { } folder)
        {
            return null;
        }

        var file = RotatingFile.Open(folder, name, settings, text => Console.Error.WriteLine($"{name}: {text}"));
        logging.ClearProviders();
        logging.Services.AddSingleton<ILoggerProvider>(services => new FileLines(
            services.GetServices<ConsoleFormatter>().Single(f => f.Name == NameOf(settings.Format)), file));
        return file.FilePath;
    }

    private static void AddConsole(ILoggingBuilder logging, LogFormat format)
    {
        if (format is LogFormat.Json)
        {
            logging.AddConsole(console => console.FormatterName = JsonLines.FormatterName)
                .AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>();
            return;
        }

        logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }

    private static string NameOf(LogFormat format) => format is LogFormat.Json ? JsonLines.FormatterName : ConsoleFormatterNames.Simple;
}

using System.ComponentModel.DataAnnotations;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Hosting.Logging;

/// <summary>How a process writes its log.</summary>
public enum LogFormat
{
    /// <summary>One line an event for people.</summary>
    Text,

    /// <summary>One JSON object an event for collectors.</summary>
    Json,
}

/// <summary>Where a process writes its log, and how: <c>ADVSEG_LOG_FORMAT</c>, <c>ADVSEG_LOG_FOLDER</c> and section <c>Log</c>.</summary>
public sealed record LogSettings
{
    public const string FormatVariable = "ADVSEG_LOG_FORMAT";
    public const string FolderVariable = "ADVSEG_LOG_FOLDER";

    public LogFormat Format { get; init; }

    /// <summary>Folder for files that rotate; null: stdout, which is kept by what started the process.</summary>
    public string? Folder { get; init; }

    /// <summary>Megabytes at which a file is closed and another one begun.</summary>
    [Range(1, 10_240, ErrorMessage = "use {1} to {2} megabytes")]
    public int Megabytes { get; init; } = 10;

    /// <summary>Files of one process, the one that is written included.</summary>
    [Range(1, 1000, ErrorMessage = "use {1} to {2} files")]
    public int Files { get; init; } = 5;

    public long MostBytes => (long)Megabytes * 1_000_000;

    /// <exception cref="SpecException">A value cannot be used.</exception>
    public static LogSettings From(IConfiguration configuration) => configuration.Section<LogSettings>("Log") with
    {
        Format = ParseFormat(configuration["Log_Format"]),
        Folder = configuration["Log_Folder"] is { Length: > 0 } folder ? folder : null,
    };

    /// <exception cref="SpecException">The text is neither <c>text</c> nor <c>json</c>.</exception>
    public static LogFormat ParseFormat(string? text, string name = FormatVariable) => text?.ToLowerInvariant() switch
    {
        null or "" or "text" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => throw new SpecException($"{name} is '{text}'; use text or json."),
    };
}

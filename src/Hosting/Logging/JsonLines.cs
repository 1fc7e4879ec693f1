using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AdvSeg.Hosting.Logging;

/// <summary>
/// One flat JSON object a line: <c>time</c>, <c>level</c>, <c>category</c>, <c>message</c>, then what the event is about: every value of its
/// scopes and of its message, the innermost where a name comes twice, and <c>exception</c>. Ids have one name whoever logs them: <c>run</c>,
/// <c>sweep</c>, <c>attempt</c>, <c>worker</c>, <c>trace</c>, <c>span</c>.
/// </summary>
internal sealed class JsonLines(TimeProvider? clock = null) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "advseg-json";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly HashSet<string> Own = ["time", "level", "category", "message", "exception"];
    private readonly TimeProvider _clock = clock ?? TimeProvider.System;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        SortedDictionary<string, object?> about = new(StringComparer.Ordinal);
        scopeProvider?.ForEachScope(Gather, about);
        Gather(logEntry.State, about);
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", _clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ"));
            json.WriteString("level", logEntry.LogLevel.ToString().ToLowerInvariant());
            json.WriteString("category", logEntry.Category);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            foreach ((string name, object? value) in about)
            {
                WriteValue(json, name, value);
            }

            if (logEntry.Exception is { } exception)
            {
                json.WriteString("exception", exception.ToString());
            }

            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static void Gather(object? state, SortedDictionary<string, object?> about)
    {
        foreach ((string name, object? value) in state as IEnumerable<KeyValuePair<string, object?>> ?? [])
        {
            if (NameOf(name) is { } known && value is not null)
            {
                about[known] = value;
            }
        }
    }

    /// <summary>Camel case; one name for ids that messages call differently; none for what is not about the event.</summary>
    private static string? NameOf(string name) => name switch
    {
        "" or "{OriginalFormat}" or "ParentId" => null,
        "Token" => "attempt",
        "TraceId" => "trace",
        "SpanId" => "span",
        _ when Own.Contains(JsonNamingPolicy.CamelCase.ConvertName(name)) => $"event.{JsonNamingPolicy.CamelCase.ConvertName(name)}",
        _ => JsonNamingPolicy.CamelCase.ConvertName(name),
    };

    private static void WriteValue(Utf8JsonWriter json, string name, object? value)
    {
        switch (value)
        {
            case bool flag:
                json.WriteBoolean(name, flag);
                break;
            case int number:
                json.WriteNumber(name, number);
                break;
            case long number:
                json.WriteNumber(name, number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumber(name, number);
                break;
            default:
                json.WriteString(name, Convert.ToString(value));
                break;
        }
    }
}

using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Logging;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Telemetry;

public sealed class LogTests
{
    [Fact]
    public void Line_OfAnEventInScopes_IsOneFlatObjectWithTheIds()
    {
        var scopes = new LoggerExternalScopeProvider();
        using IDisposable outer = scopes.Push(new Dictionary<string, object?> { ["run"] = "r1", ["sweep"] = "s-1", ["attempt"] = 7L });
        using IDisposable inner = scopes.Push(new Dictionary<string, object?> { ["TraceId"] = "4bf9", ["SpanId"] = "00f0", ["ParentId"] = "0000" });
        KeyValuePair<string, object?>[] state = [new("Step", 40), new("Message", "own"), new("{OriginalFormat}", "stored {Step}")];

        JsonElement line = Write(LogLevel.Warning, state, new InvalidOperationException("broken"), scopes);

        Assert.Equal(
            """["time","level","category","message","attempt","event.message","run","span","step","sweep","trace","exception"]""",
            JsonSerializer.Serialize(line.EnumerateObject().Select(p => p.Name)));
        Assert.Equal("2026-01-02T03:04:05.000Z", line.GetProperty("time").GetString());
        Assert.Equal("warning", line.GetProperty("level").GetString());
        Assert.Equal("stored \"40\"\nand more", line.GetProperty("message").GetString());
        Assert.Equal(7, line.GetProperty("attempt").GetInt64());
        Assert.Equal("r1", line.GetProperty("run").GetString());
        Assert.Equal("s-1", line.GetProperty("sweep").GetString());
        Assert.Equal("4bf9", line.GetProperty("trace").GetString());
        Assert.Equal(40, line.GetProperty("step").GetInt32());
        Assert.StartsWith("System.InvalidOperationException: broken", line.GetProperty("exception").GetString());
    }

    [Fact]
    public void Line_OfAMessageWithAToken_NamesTheAttempt()
    {
        KeyValuePair<string, object?>[] state = [new("Token", 12L), new("Run", "r2")];

        JsonElement line = Write(LogLevel.Information, state, null, null);

        Assert.Equal(12, line.GetProperty("attempt").GetInt64());
        Assert.Equal("r2", line.GetProperty("run").GetString());
    }

    [Theory]
    [InlineData(null, LogFormat.Text)]
    [InlineData("text", LogFormat.Text)]
    [InlineData("JSON", LogFormat.Json)]
    public void Format_AsPeopleWriteIt_IsRead(string? text, LogFormat expected) => Assert.Equal(expected, LogSettings.ParseFormat(text));

    [Fact]
    public void Format_ThatIsNone_IsRefused() =>
        Assert.Equal("ADVSEG_LOG_FORMAT is 'xml'; use text or json.", Assert.Throws<SpecException>(() => LogSettings.ParseFormat("xml")).Message);

    private static JsonElement Write(
        LogLevel level, KeyValuePair<string, object?>[] state, Exception? exception, IExternalScopeProvider? scopes)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        using var text = new StringWriter();
        var entry = new LogEntry<KeyValuePair<string, object?>[]>(
            level, "Some.Category", default, state, exception, (_, _) => "stored \"40\"\nand more");
        new JsonLines(clock).Write(entry, scopes, text);
        string line = text.ToString();
        Assert.Equal(line.Length - Environment.NewLine.Length, line.IndexOf('\n', StringComparison.Ordinal));
        return JsonDocument.Parse(line).RootElement;
    }
}

using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AdvSeg.Hosting.Logging;

/// <summary>The log in a file, in the very lines that stdout would have.</summary>
internal sealed class FileLines(ConsoleFormatter format, RotatingFile file) : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider? _scopes;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() => file.Dispose();

    private void Write<TState>(in LogEntry<TState> entry)
    {
        using var line = new StringWriter();
        format.Write(entry, _scopes, line);
        if (line.GetStringBuilder() is { Length: > 0 } text)
        {
            file.Write(Encoding.UTF8.GetBytes(text.ToString()));
        }
    }

    private sealed class Logger(FileLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => lines._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter));
    }
}

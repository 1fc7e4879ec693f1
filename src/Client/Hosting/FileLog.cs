using System.Text;

namespace AdvSeg.Client.Hosting;

/// <summary>Log lines in one file, so that a live display is not torn by them. Each line is written through at once.</summary>
internal sealed class FileLog(string path, TimeProvider clock) : ILoggerProvider
{
    private readonly StreamWriter _writer =
        new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true };
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            try
            {
                _writer.WriteLine($"{clock.GetUtcNow():O} {level} {category}: {message}{(exception is null ? "" : $"\n{exception}")}");
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // A full disk must not turn a log line into a failure of what logged it.
            }
        }
    }

    private sealed class Logger(FileLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Write(logLevel, category, formatter(state, exception), exception);
    }
}

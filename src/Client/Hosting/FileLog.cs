using System.Text;

namespace AdvSeg.Client.Hosting;

/// <summary>
/// Log lines in one file, so that a live display is not torn by them. Each line is written through at once. A file that has grown to its
/// limit becomes <c>NAME.1</c>, that one <c>NAME.2</c> and so on; the last of them goes.
/// </summary>
internal sealed class FileLog : ILoggerProvider
{
    public const int Kept = 4;
    public const long MostBytes = 10 << 20;
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly long _mostBytes;
    private readonly Lock _lock = new();
    private StreamWriter _writer;

    /// <param name="path">The newest file.</param>
    /// <param name="clock">Times of lines.</param>
    /// <param name="mostBytes">A file this long is followed by another.</param>
    public FileLog(string path, TimeProvider clock, long mostBytes = MostBytes)
    {
        (_path, _clock, _mostBytes) = (path, clock, mostBytes);
        _writer = Open();
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Dispose();
        }
    }

    private StreamWriter Open() =>
        new(new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite), new UTF8Encoding(false)) { AutoFlush = true };

    private void Write(LogLevel level, string category, string message, Exception? exception)
    {
        lock (_lock)
        {
            try
            {
                if (_writer.BaseStream.Length >= _mostBytes)
                {
                    Rotate();
                }

                _writer.WriteLine($"{_clock.GetUtcNow():O} {level} {category}: {message}{(exception is null ? "" : $"\n{exception}")}");
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                // A full disk must not turn a log line into a failure of what logged it.
            }
        }
    }

    /// <summary>Only this process writes here: it holds the data folder's lock.</summary>
    private void Rotate()
    {
        _writer.Dispose();
        try
        {
            for (int i = Kept - 1; i >= 0; i--)
            {
                var file = new FileInfo(i == 0 ? _path : $"{_path}.{i}");
                if (file.Exists)
                {
                    file.MoveTo($"{_path}.{i + 1}", overwrite: true);
                }
            }
        }
        finally
        {
            _writer = Open();
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

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>Keeps what is logged and lets a test wait for it.</summary>
internal sealed class HeardLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Line)> _lines = new();
    private volatile TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IEnumerable<string> Lines => _lines.Select(l => l.Line);

    /// <summary>Completes at the first line, from now or before, that contains the text; 60 s at most.</summary>
    public async Task HearAsync(string text)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            Task more = _more.Task;
            if (Lines.Any(l => l.Contains(text, StringComparison.Ordinal)))
            {
                return;
            }

            await more.WaitAsync(limit.Token);
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        _lines.Enqueue((logLevel, formatter(state, exception)));
        Interlocked.Exchange(ref _more, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}

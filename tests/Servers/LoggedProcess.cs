using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AdvSeg.Servers;

/// <summary>Signals by their Linux numbers.</summary>
public enum UnixSignal
{
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}

/// <summary>A process of its own whose output is kept line by line, also after its end. Killed when disposed.</summary>
public sealed class LoggedProcess : IAsyncDisposable
{
    private readonly Process _process;
    private bool _disposed;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly string? _logFile;
    private TaskCompletionSource _more = NewSource();

    private LoggedProcess(Process process, string? logFile)
    {
        _process = process;
        _logFile = logFile;
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>128 plus the signal for a process that a signal ended.</summary>
    public int ExitCode => _process.ExitCode;

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    /// <param name="program">Program name or path.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="environment">Variables on top of this process's own, without any <c>ADVSEG_</c>.</param>
    /// <param name="logFile">Every line is appended here too.</param>
    /// <exception cref="MissingPartException">There is no such program.</exception>
    public static LoggedProcess Start(
        string program, IEnumerable<string> args, IReadOnlyDictionary<string, string>? environment = null, string? logFile = null)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("ADVSEG_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        try
        {
            var logged = new LoggedProcess(Process.Start(start)!, logFile);
            logged._process.OutputDataReceived += (_, line) => logged.Add(line.Data);
            logged._process.ErrorDataReceived += (_, line) => logged.Add(line.Data);
            logged._process.BeginOutputReadLine();
            logged._process.BeginErrorReadLine();
            return logged;
        }
        catch (Win32Exception e)
        {
            throw new MissingPartException($"{program} does not run here: {e.Message}", e);
        }
    }

    public void Signal(UnixSignal signal)
    {
        if (!_process.HasExited && SendSignal(_process.Id, (int)signal) != 0)
        {
            throw new InvalidOperationException($"signal {signal} to process {_process.Id} was refused");
        }
    }

    /// <summary>The first line, from <paramref name="after"/> on, that fits.</summary>
    /// <exception cref="TimeoutException">None came in time, or the process ended without one; the message ends with the last lines.</exception>
    public async Task<string> LineAsync(Func<string, bool> fits, TimeSpan limit, int after = 0)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (true)
        {
            Task more;
            bool ended = _process.HasExited;
            lock (_lock)
            {
                more = _more.Task;
                if (_lines.Skip(after).FirstOrDefault(fits) is { } found)
                {
                    return found;
                }
            }

            if (ended || timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"{(ended ? $"The process ended ({ExitCode}) without the line" : $"No such line within {limit}")}. Its "
                    + $"last lines:\n{string.Join('\n', Lines.TakeLast(20))}");
            }

            await Task.WhenAny(more, Task.Delay(250, CancellationToken.None));
        }
    }

    public async Task<int> EndAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Process {_process.Id} did not end within {limit}. Its last lines:\n{string.Join('\n', Lines.TakeLast(20))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Add(string? line)
    {
        TaskCompletionSource waiting;
        lock (_lock)
        {
            if (line is not null)
            {
                _lines.Add(line);
                if (_logFile is not null)
                {
                    File.AppendAllText(_logFile, line + '\n');
                }
            }

            waiting = _more;
            _more = NewSource();
        }

        waiting.SetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AdvSeg.Scale;

/// <summary>A process of the cluster as the measuring process sees it. Ends with its stdin, so it does not outlive whoever started it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    public const string Ready = "ready";
    public const string Renewed = "renewed";
    public const string NotRenewed = "not-renewed";
    public const string Collect = "collect";
    public const string Live = "live";
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CollectLimit = TimeSpan.FromMinutes(1);

    /// <summary>Ticks a second in /proc; the same on every Linux that .NET runs on.</summary>
    private const double ClockTicks = 100;

    private readonly Process _process;
    private readonly TaskCompletionSource<string[]> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<double> _renewals = new();
    private TaskCompletionSource<double> _live = new();
    private int _notRenewed;

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.BeginOutputReadLine();
    }

    /// <summary>Where its pages are.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1");

    public int SiloPort { get; private set; }

    /// <summary>Milliseconds that each answered renewal took.</summary>
    public IReadOnlyCollection<double> Renewals => _renewals;

    /// <summary>Renewals that failed.</summary>
    public int NotRenewedCount => _notRenewed;

    /// <summary>Processor time since the process began.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            string stat = File.ReadAllText($"/proc/{_process.Id}/stat");

            // The second field is the program's name in parentheses and may hold blanks; times are the 14th and 15th.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return TimeSpan.FromSeconds((long.Parse(fields[11]) + long.Parse(fields[12])) / ClockTicks);
        }
    }

    /// <summary>The most resident memory there was, MiB.</summary>
    public double PeakMebibytes => StatusOf("VmHWM:");

    public double ResidentMebibytes => StatusOf("VmRSS:");

    /// <summary>What a full garbage collection leaves of the managed heap, MiB. Not for two callers at once.</summary>
    /// <exception cref="TimeoutException">The process does not answer.</exception>
    public async Task<double> CollectAsync()
    {
        _live = new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _process.StandardInput.WriteLineAsync(Collect);
        await _process.StandardInput.FlushAsync();
        return await _live.Task.WaitAsync(CollectLimit);
    }

    /// <exception cref="InvalidOperationException">The process ended, or did not get ready in time.</exception>
    public static async Task<ChildProcess> StartAsync(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [Environment.GetCommandLineArgs()[0], .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var child = new ChildProcess(Process.Start(start)!);
        try
        {
            string[] words = await child._ready.Task.WaitAsync(StartLimit);
            (child.Address, child.SiloPort) = (new Uri(words[1]), int.Parse(words[2]));
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(StartLimit);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private double StatusOf(string field) =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split(
                ' ', StringSplitOptions.RemoveEmptyEntries)[1]) / 1024.0;

    private void Read(string? line)
    {
        switch (line?.Split(' '))
        {
            case null:
                _ready.TrySetException(new InvalidOperationException("A process of the cluster ended before it was ready; what it said is above."));
                break;
            case [Ready, ..] words:
                _ready.TrySetResult(words);
                break;
            case [Renewed, var milliseconds]:
                _renewals.Enqueue(double.Parse(milliseconds, CultureInfo.InvariantCulture));
                break;
            case [Live, var mebibytes]:
                _live.TrySetResult(double.Parse(mebibytes, CultureInfo.InvariantCulture));
                break;
            case [NotRenewed, _]:
                Interlocked.Increment(ref _notRenewed);
                break;
        }
    }
}

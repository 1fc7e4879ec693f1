using System.Globalization;
using AdvSeg.Servers;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Chaos;

/// <summary>One line of a silo's log.</summary>
internal sealed record LogLine(string Node, DateTimeOffset At, string Text);

/// <summary>One silo of the cluster under test, over all its processes: the real executable, its log kept.</summary>
internal sealed class SiloNode : IAsyncDisposable
{
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private readonly List<LoggedProcess> _processes = [];
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string _folder;
    private readonly string[] _launcher;
    private readonly string _host;
    private int _siloPort = FreePort.Next();
    private int _gatewayPort = FreePort.Next();

    /// <param name="name">For people and for the log's file.</param>
    /// <param name="role">What it does.</param>
    /// <param name="folder">Logs and cohort copies.</param>
    /// <param name="environment">Where store and membership are, and times.</param>
    /// <param name="host">Address it is reached at.</param>
    /// <param name="launcher">Words before the program, such as those that enter a network namespace.</param>
    public SiloNode(
        string name,
        SiloRole role,
        string folder,
        IReadOnlyDictionary<string, string> environment,
        string host = "127.0.0.1",
        params string[] launcher)
    {
        Name = name;
        Role = role;
        _folder = folder;
        _environment = environment;
        _host = host;
        _launcher = launcher;
    }

    public string Name { get; }

    public SiloRole Role { get; }

    public int SiloPort => _siloPort;

    public int GatewayPort => _gatewayPort;

    /// <summary>What the next process runs; by default what this program was built with.</summary>
    public Release Release { get; set; } = Release.Ours;

    public LoggedProcess Process => _processes[^1];

    public bool IsRunning => _processes.Count > 0 && !Process.HasExited;

    /// <summary>Stopped by SIGSTOP and not continued.</summary>
    public bool IsFrozen { get; private set; }

    /// <summary>When each process was started.</summary>
    public List<DateTimeOffset> Launches { get; } = [];

    /// <summary>Everything that was logged, over all processes, in order.</summary>
    public IEnumerable<LogLine> Log => _processes.SelectMany(p => p.Lines).Select(Parse).OfType<LogLine>();

    /// <param name="extra">Variables for this process only, such as a failpoint.</param>
    public void Launch(params (string Name, string Value)[] extra)
    {
        var environment = new Dictionary<string, string>(_environment)
        {
            ["ADVSEG_ROLE"] = Role.ToString(),
            ["ADVSEG_SILO_PORT"] = $"{_siloPort}",
            ["ADVSEG_GATEWAY_PORT"] = $"{_gatewayPort}",
            ["ADVSEG_CACHE"] = Path.Combine(_folder, $"cache-{Name}"),
            ["ADVSEG_SLOTS"] = "1",
            ["ADVSEG_ADVERTISE"] = _host,
        };
        foreach ((string name, string value) in extra)
        {
            environment[name] = value;
        }

        string[] words = [.. _launcher, "dotnet", Release.Silo];
        Launches.Add(TimeProvider.System.GetUtcNow());
        _processes.Add(LoggedProcess.Start(words[0], words[1..], environment, Path.Combine(_folder, $"{Name}.log")));
        IsFrozen = false;
    }

    public async Task StartAsync(params (string Name, string Value)[] extra)
    {
        Launch(extra);
        await StartedAsync();
    }

    public Task StartedAsync() => Process.LineAsync(line => line.Contains("Application started", StringComparison.Ordinal), StartLimit);

    /// <summary>SIGKILL; returns when the kernel has taken it away.</summary>
    public async Task KillAsync()
    {
        Process.Signal(UnixSignal.Kill);
        await Process.EndAsync(TimeSpan.FromSeconds(30));
        IsFrozen = false;
    }

    /// <summary>SIGTERM: drains. Returns the exit code.</summary>
    public async Task<int> TerminateAsync()
    {
        Process.Signal(UnixSignal.Terminate);
        return await Process.EndAsync(TimeSpan.FromSeconds(60));
    }

    public void Freeze()
    {
        Process.Signal(UnixSignal.Stop);
        IsFrozen = true;
    }

    public void Thaw()
    {
        Process.Signal(UnixSignal.Continue);
        IsFrozen = false;
    }

    /// <summary>The next process comes up at addresses that nobody knows.</summary>
    public void MoveToNewPorts() => (_siloPort, _gatewayPort) = (FreePort.Next(), FreePort.Next());

    /// <summary>Waits for a line of the current process.</summary>
    public Task<string> LineAsync(string part, TimeSpan limit) => Process.LineAsync(line => line.Contains(part, StringComparison.Ordinal), limit);

    public async ValueTask DisposeAsync()
    {
        foreach (LoggedProcess process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private LogLine? Parse(string line)
    {
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return space > 0
            && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
            ? new LogLine(Name, at, line[(space + 1)..])
            : null;
    }
}

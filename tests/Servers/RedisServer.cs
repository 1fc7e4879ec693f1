namespace AdvSeg.Servers;

/// <summary>A Redis of one's own, in memory: what is killed is empty when it comes back.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _host;
    private readonly int _port;
    private readonly string[] _launcher;
    private LoggedProcess? _process;

    /// <param name="host">Address it listens on.</param>
    /// <param name="launcher">Words before the program, such as those that enter a network namespace.</param>
    public RedisServer(string host = "127.0.0.1", params string[] launcher)
    {
        _host = host;
        _launcher = launcher;
        _port = FreePort.Next();
    }

    public string Address => $"{_host}:{_port}";

    /// <exception cref="MissingPartException">redis-server is not installed.</exception>
    public async Task StartAsync()
    {
        string[] words =
            [.. _launcher, "redis-server", "--bind", _host, "--port", $"{_port}", "--save", "", "--appendonly", "no", "--protected-mode", "no"];
        try
        {
            _process = LoggedProcess.Start(words[0], words[1..]);
        }
        catch (MissingPartException e)
        {
            throw new MissingPartException($"{e.Message}. Install Debian's redis-server.", e);
        }

        await _process.LineAsync(line => line.Contains("Ready to accept connections", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
    }

    public async Task KillAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await KillAsync();
}

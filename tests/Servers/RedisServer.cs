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

    /// <summary>Folder with <c>ca.crt</c>, <c>tls.crt</c> and <c>tls.key</c>: then it talks TLS alone. Null: in clear.</summary>
    public string? Certificates { get; init; }

    /// <summary>Null: it asks for none.</summary>
    public string? Password { get; init; }

    /// <summary>Without the password.</summary>
    public string Address => Certificates is null ? $"{_host}:{_port}" : $"rediss://{_host}:{_port}";

    /// <exception cref="MissingPartException">redis-server is not installed.</exception>
    public async Task StartAsync()
    {
        string[] ports = Certificates is not { } folder ? ["--port", $"{_port}"]
            :
            [
                "--port", "0", "--tls-port", $"{_port}", "--tls-auth-clients", "no", "--tls-ca-cert-file", Path.Combine(folder, "ca.crt"),
                "--tls-cert-file", Path.Combine(folder, "tls.crt"), "--tls-key-file", Path.Combine(folder, "tls.key"),
            ];
        string[] password = Password is null ? [] : ["--requirepass", Password];
        string[] words =
        [
            .. _launcher, "redis-server", "--bind", _host, .. ports, .. password, "--save", "", "--appendonly", "no", "--protected-mode", "no",
        ];
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

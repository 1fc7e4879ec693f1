namespace AdvSeg.Servers;

/// <summary>
/// Azurite, Microsoft's emulator of Azure Storage, with its data in a folder, so that one that ended comes back with what it had. A
/// stopped one has all of it; a killed one may have forgotten the last five seconds, because it saves its catalogue no more often.
/// </summary>
public sealed class AzuriteServer(string folder, string host = "127.0.0.1", params string[] launcher) : IAsyncDisposable
{
    private readonly int _port = FreePort.Next();
    private LoggedProcess? _process;

    public string ConnectionString =>
        $"{AzuriteInstall.Account}BlobEndpoint=http://{host}:{_port}/devstoreaccount1;";

    /// <exception cref="MissingPartException">It cannot be installed or run.</exception>
    public async Task StartAsync()
    {
        string[] words =
        [
            .. launcher, await AzuriteInstall.FindAsync("azurite-blob"), "--skipApiVersionCheck", "--disableTelemetry", "--silent",
            "--blobHost", host, "--blobPort", $"{_port}", "--location", folder,
        ];
        _process = LoggedProcess.Start(words[0], words[1..]);
        await _process.LineAsync(line => line.Contains("successfully listen", StringComparison.OrdinalIgnoreCase), TimeSpan.FromSeconds(60));
    }

    public void Signal(UnixSignal signal) => _process!.Signal(signal);

    /// <summary>Ends it the way an operator would; it saves what it has.</summary>
    public async Task StopAsync()
    {
        _process!.Signal(UnixSignal.Terminate);
        await _process.EndAsync(TimeSpan.FromSeconds(60));
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

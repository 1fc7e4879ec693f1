namespace AdvSeg.Servers;

/// <summary>The tables of Azurite, with their data in a folder.</summary>
public sealed class AzuriteTables(string folder) : IAsyncDisposable
{
    private readonly int _port = FreePort.Next();
    private LoggedProcess? _process;

    public string ConnectionString => $"{AzuriteInstall.Account}TableEndpoint=http://127.0.0.1:{_port}/devstoreaccount1;";

    /// <exception cref="MissingPartException">It cannot be installed or run.</exception>
    public async Task StartAsync()
    {
        string program = await AzuriteInstall.FindAsync("azurite-table");
        _process = LoggedProcess.Start(
            program,
            [
                "--skipApiVersionCheck", "--disableTelemetry", "--silent", "--tableHost", "127.0.0.1", "--tablePort", $"{_port}",
                "--location", folder,
            ]);
        await _process.LineAsync(line => line.Contains("successfully started", StringComparison.OrdinalIgnoreCase), TimeSpan.FromSeconds(60));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}

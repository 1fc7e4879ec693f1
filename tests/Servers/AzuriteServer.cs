using System.ComponentModel;
using System.Diagnostics;

namespace AdvSeg.Servers;

/// <summary>
/// Azurite, Microsoft's emulator of Azure Storage, with its data in a folder, so that one that ended comes back with what it had. A
/// stopped one has all of it; a killed one may have forgotten the last five seconds, because it saves its catalogue no more often.
/// <c>ADVSEG_AZURITE</c> names azurite-blob; else it is installed with npm, once, in the user's cache.
/// </summary>
public sealed class AzuriteServer(string folder, string host = "127.0.0.1", params string[] launcher) : IAsyncDisposable
{
    private const string Version = "3.35.0";

    /// <summary>The well-known key of the emulator's account (Azurite's README).</summary>
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private readonly int _port = FreePort.Next();
    private LoggedProcess? _process;

    public string ConnectionString =>
        $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint=http://{host}:{_port}/devstoreaccount1;";

    /// <exception cref="MissingPartException">It cannot be installed or run.</exception>
    public async Task StartAsync()
    {
        string[] words =
            [.. launcher, await FindAsync(), "--skipApiVersionCheck", "--silent", "--blobHost", host, "--blobPort", $"{_port}", "--location", folder];
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

    private static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_AZURITE") is { Length: > 0 } given)
        {
            return given;
        }

        string cache = Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "advseg", $"azurite-{Version}");
        string program = Path.Combine(cache, "node_modules", ".bin", "azurite-blob");
        if (File.Exists(program))
        {
            return program;
        }

        Directory.CreateDirectory(cache);
        try
        {
            string[] arguments = ["install", "--no-audit", "--no-fund", "--prefix", cache, $"azurite@{Version}"];
            using Process install = Process.Start(new ProcessStartInfo("npm", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> output = install.StandardOutput.ReadToEndAsync(), error = install.StandardError.ReadToEndAsync();
            await install.WaitForExitAsync();
            await output;
            return install.ExitCode == 0 ? program : throw new MissingPartException($"npm could not install azurite: {(await error).Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new MissingPartException($"npm, which installs azurite, does not run here: {e.Message}", e);
        }
    }
}

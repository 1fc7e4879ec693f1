using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

[assembly: AssemblyFixture(typeof(AdvSeg.Storage.Tests.Azurite))]

namespace AdvSeg.Storage.Tests;

/// <summary>
/// Azurite, Microsoft's emulator of Azure Storage, started on a free port for these tests. Where: ADVSEG_AZURITE names
/// azurite-blob; else it is installed with npm, once, in the user's cache. Tests that need it are skipped, with the reason, without.
/// </summary>
public sealed class Azurite : IAsyncLifetime
{
    private const string Version = "3.35.0";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private Process? _process;
    private string? _connectionString;
    private string? _missing;

    public string ConnectionString
    {
        get
        {
            Assert.SkipWhen(_connectionString is null, $"Azurite does not run here: {_missing}");
            return _connectionString!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            _connectionString = await StartAsync(await FindAsync());
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or IOException)
        {
            _missing = e.Message;
        }
    }

    public ValueTask DisposeAsync()
    {
        _process?.Kill(entireProcessTree: true);
        _process?.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<string> FindAsync()
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_AZURITE") is { Length: > 0 } given)
        {
            return given;
        }

        string cache = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "advseg", $"azurite-{Version}");
        string program = Path.Combine(cache, "node_modules", ".bin", "azurite-blob");
        if (!File.Exists(program))
        {
            Directory.CreateDirectory(cache);
            using Process install = Process.Start(new ProcessStartInfo("npm", ["install", "--no-audit", "--no-fund", "--prefix", cache, $"azurite@{Version}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> output = install.StandardOutput.ReadToEndAsync(), error = install.StandardError.ReadToEndAsync();
            await install.WaitForExitAsync();
            await output;
            if (install.ExitCode != 0)
            {
                throw new InvalidOperationException($"npm could not install it: {(await error).Trim()}");
            }
        }

        return program;
    }

    private async Task<string> StartAsync(string program)
    {
        int port = FreePort();
        _process = Process.Start(new ProcessStartInfo(program, ["--skipApiVersionCheck", "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", $"{port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is null)
            {
                started.TrySetException(new InvalidOperationException($"{program} ended"));
            }
            else if (line.Data.Contains("successfully listen", StringComparison.OrdinalIgnoreCase))
            {
                started.TrySetResult();
            }
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await started.Task;
        return $"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={Key};BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;";
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

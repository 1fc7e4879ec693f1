using System.ComponentModel;
using System.Diagnostics;

namespace AdvSeg.Servers;

/// <summary>
/// Where Azurite is: <c>ADVSEG_AZURITE</c> names azurite-blob, and its other programs lie beside it; else npm installs it once, in the user's
/// cache.
/// </summary>
public static class AzuriteInstall
{
    private const string Version = "3.35.0";

    /// <summary>The emulator's account with its well-known key (Azurite's README).</summary>
    public const string Account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;";

    /// <param name="program"><c>azurite-blob</c> or <c>azurite-table</c>.</param>
    /// <exception cref="MissingPartException">It cannot be installed.</exception>
    public static async Task<string> FindAsync(string program)
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_AZURITE") is { Length: > 0 } given)
        {
            return Path.Combine(Path.GetDirectoryName(given)!, program);
        }

        string cache = Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "advseg", $"azurite-{Version}");
        string path = Path.Combine(cache, "node_modules", ".bin", program);
        if (File.Exists(path))
        {
            return path;
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
            return install.ExitCode == 0 ? path : throw new MissingPartException($"npm could not install azurite: {(await error).Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new MissingPartException($"npm, which installs azurite, does not run here: {e.Message}", e);
        }
    }
}

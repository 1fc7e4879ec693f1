using System.ComponentModel;
using System.Diagnostics;

namespace AdvSeg.Servers;

/// <summary>A program of npm's registry, installed once, in the user's cache.</summary>
internal static class NpmPackage
{
    /// <returns>The folder <c>node_modules</c>.</returns>
    /// <exception cref="MissingPartException">It cannot be installed.</exception>
    public static async Task<string> FindAsync(string package, string version)
    {
        string cache = Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "advseg", $"{package}-{version}");
        string modules = Path.Combine(cache, "node_modules");
        if (File.Exists(Path.Combine(modules, package, "package.json")))
        {
            return modules;
        }

        Directory.CreateDirectory(cache);
        try
        {
            string[] arguments = ["install", "--no-audit", "--no-fund", "--prefix", cache, $"{package}@{version}"];
            using Process install = Process.Start(new ProcessStartInfo("npm", arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> output = install.StandardOutput.ReadToEndAsync(), error = install.StandardError.ReadToEndAsync();
            await install.WaitForExitAsync();
            await output;
            return install.ExitCode == 0 ? modules : throw new MissingPartException($"npm could not install {package}: {(await error).Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new MissingPartException($"npm, which installs {package}, does not run here: {e.Message}", e);
        }
    }
}

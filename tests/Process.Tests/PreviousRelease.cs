using AdvSeg.Chaos;
using AdvSeg.Servers;

namespace AdvSeg.Process.Tests;

/// <summary>
/// The release before this one, built once from this repository's history into the user's cache. No release has a tag yet: it is the last
/// commit before the sweep became a state machine and its calls to the scheduler one.
/// </summary>
internal static class PreviousRelease
{
    private const string Commit = "296804ee5a0f9b28b9c92e1457a0a4f43cf6d466";
    private const string Done = "built";

    /// <exception cref="MissingPartException">The history does not hold it, as that of a shallow clone, or it does not build here.</exception>
    public static async Task<Release> BuiltAsync()
    {
        string cache = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "advseg",
            $"release-{Commit[..7]}");
        if (!File.Exists(Path.Combine(cache, Done)))
        {
            if (Directory.Exists(cache))
            {
                Directory.Delete(cache, recursive: true);
            }

            await RunAsync("git", "clone", "--quiet", "--no-checkout", Path.GetDirectoryName(SourceFile.Of("AdvSeg.sln"))!, cache);
            await RunAsync("git", "-C", cache, "checkout", "--quiet", Commit);
            foreach (string project in new[] { "Silo", "Dashboard" })
            {
                await RunAsync(
                    "dotnet", "build", Path.Combine(cache, "src", project), "-c", "Release", "-nologo", "-v", "quiet", "-p:RunAnalyzers=false");
            }

            await File.WriteAllTextAsync(Path.Combine(cache, Done), Commit);
        }

        return Release.OfCheckout(cache);
    }

    private static async Task RunAsync(string program, params string[] args)
    {
        await using LoggedProcess process = LoggedProcess.Start(program, args);
        int code = await process.EndAsync(Wait.Sweep);
        if (code != 0)
        {
            throw new MissingPartException(
                $"{program} {string.Join(' ', args)} ended with {code}: {string.Join(' ', process.Lines.TakeLast(5))}", new IOException());
        }
    }
}

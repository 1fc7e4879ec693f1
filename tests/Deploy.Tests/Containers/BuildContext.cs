using System.Diagnostics;
using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>What an engine gets to see of this checkout: the files of git that <c>Dockerfile.dockerignore</c> lets through.</summary>
internal static class BuildContext
{
    /// <summary>All 40 digits.</summary>
    public static string Commit() => Assert.Single(Git("rev-parse", "HEAD"));

    public static IReadOnlyList<string> Files()
    {
        (Regex Pattern, bool In)[] rules =
        [
            .. from line in Checkout.Read("deploy", "images", "Dockerfile.dockerignore").Split('\n', StringSplitOptions.TrimEntries)
               where line.Length > 0 && !line.StartsWith('#')
               select (PatternOf(line.TrimStart('!')), line.StartsWith('!')),
        ];
        return
        [
            .. Git("ls-files", "--cached", "--others", "--exclude-standard").Where(
                f => File.Exists(Checkout.PathOf(f)) && rules.LastOrDefault(r => r.Pattern.IsMatch(f), (null!, true)).Item2),
        ];
    }

    public static string CopyTo(string folder)
    {
        foreach (string file in Files())
        {
            string copy = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Checkout.PathOf(file), copy);
        }

        return folder;
    }

    /// <summary>The last rule that a path, or a folder above it, matches decides.</summary>
    private static Regex PatternOf(string line) => new(
        $"^{Regex.Escape(line).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}(/.*)?$");

    private static string[] Git(params string[] words)
    {
        var start = new ProcessStartInfo("git", words) { WorkingDirectory = Checkout.PathOf(), RedirectStandardOutput = true };
        using Process git = Process.Start(start)!;
        string[] lines = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
        return lines;
    }
}

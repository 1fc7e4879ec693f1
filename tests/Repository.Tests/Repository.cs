namespace AdvSeg.Repository.Tests;

/// <summary>The files of this repository, found by walking up from the test's output.</summary>
internal static class Repository
{
    /// <summary>Build outputs and data: what .gitignore names, and git itself.</summary>
    private static readonly string[] Ignored = [".git", "artifacts", "advseg-data", "node_modules", "__pycache__", ".vs", ".idea", "bin", "obj"];

    public static string Root { get; } = FindRoot();

    /// <summary>Absolute paths of the files whose name ends with <paramref name="ending"/>, in ordinal order.</summary>
    public static IReadOnlyList<string> Files(string ending, string under = "") =>
        [.. Walk(Path.Combine(Root, under)).Where(path => path.EndsWith(ending, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Relative to the root, with forward slashes.</summary>
    public static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IEnumerable<string> Walk(string folder) =>
        Directory.EnumerateFiles(folder).Concat(
            Directory.EnumerateDirectories(folder).Where(path => !Ignored.Contains(Path.GetFileName(path))).SelectMany(Walk));

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "AdvSeg.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException(
            $"No folder above {AppContext.BaseDirectory} holds AdvSeg.sln; run these tests from a build of the repository.");
    }
}

using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>Finds what a Markdown page points at inside the repository, and what of it is not there.</summary>
internal static partial class Markdown
{
    /// <summary>Backticked words that start like this are paths from the root.</summary>
    private static readonly string[] Roots = ["src/", "tests/", "docs/", "eng/", "deploy/", "benchmarks/", "examples/", "samples/", ".ci/"];

    /// <summary>Each broken link or path of the page, with the reason.</summary>
    public static IReadOnlyList<string> Broken(string page, string path)
    {
        string prose = Fence().Replace(page, "");
        string folder = Path.GetDirectoryName(path)!;
        IEnumerable<string> links = Link().Matches(Code().Replace(prose, "")).Select(match => match.Groups[1].Value)
            .Where(target => !External().IsMatch(target) && !Resolves(target, folder, path, page));
        IEnumerable<string> paths = Code().Matches(prose).Select(match => match.Groups[1].Value)
            .Where(text => IsPath(text) && !Exists(Path.Combine(Repository.Root, text)));
        return [.. links.Select(link => $"link {link}"), .. paths.Select(text => $"path {text}")];
    }

    private static bool IsPath(string text) =>
        PathCharacters().IsMatch(text)
        && (Array.Exists(Roots, root => text.StartsWith(root, StringComparison.Ordinal)) || RootFile().IsMatch(text));

    private static bool Resolves(string target, string folder, string path, string page)
    {
        string[] parts = target.Split('#', 2);
        string file = parts[0].Length == 0 ? path : Path.Combine(folder, Uri.UnescapeDataString(parts[0]));
        if (parts[0].Length > 0 && !Exists(file))
        {
            return false;
        }

        return parts.Length == 1 || !file.EndsWith(".md", StringComparison.Ordinal)
            || Anchors(parts[0].Length == 0 ? page : File.ReadAllText(file)).Contains(parts[1]);
    }

    /// <summary>The anchors that GitHub gives to headings.</summary>
    private static HashSet<string> Anchors(string page) => Heading().Matches(Fence().Replace(page, ""))
        .Select(match => NotInAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-')).ToHashSet();

    private static bool Exists(string path) => File.Exists(path) || Directory.Exists(path);

    [GeneratedRegex(@"^```.*?^```\s*?$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(\s*<?([^)\s>]+)>?(?:\s+""[^""]*"")?\s*\)")]
    private static partial Regex Link();

    [GeneratedRegex("^([a-z][a-z0-9+.-]*:|//)", RegexOptions.IgnoreCase)]
    private static partial Regex External();

    [GeneratedRegex(@"^[A-Za-z0-9_./-]+$")]
    private static partial Regex PathCharacters();

    /// <summary>A file name without folders that only a file at the root has: README.md, AdvSeg.sln, Directory.Build.props.</summary>
    [GeneratedRegex(@"^([A-Z][A-Za-z]*\.md|[A-Za-z.]+\.(sln|props|targets))$")]
    private static partial Regex RootFile();

    [GeneratedRegex("^#{1,6} (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();
}

using System.Text.RegularExpressions;

namespace AdvSeg.Repository.Tests;

/// <summary>
/// Which folders of a project use which: by a using directive, by a name qualified with the folder's, or, for the folders above,
/// whose names need neither, by naming one of their types.
/// </summary>
internal sealed partial class FolderGraph
{
    private readonly SortedDictionary<string, SortedSet<string>> _uses = new(StringComparer.Ordinal);

    /// <param name="room">The project.</param>
    /// <param name="sources">Source texts by path from the project's folder, with forward slashes.</param>
    public static FolderGraph Of(string room, IReadOnlyDictionary<string, string> sources)
    {
        var graph = new FolderGraph();
        ILookup<string, string> types = sources
            .SelectMany(s => Declaration().Matches(s.Value).Select(m => (Folder: FolderOf(s.Key), Type: m.Groups[1].Value)))
            .ToLookup(t => t.Folder, t => t.Type);
        string[] folders = [.. sources.Keys.Select(FolderOf).Distinct()];
        foreach ((string path, string text) in sources)
        {
            string folder = FolderOf(path);
            string code = Prose().Replace(text, "");
            IEnumerable<string> used = folders.Where(other => other != folder && Uses(code, room, folder, other, types[other]));
            graph._uses.TryAdd(folder, new SortedSet<string>(StringComparer.Ordinal));
            graph._uses[folder].UnionWith(used);
        }

        return graph;
    }

    /// <summary>The folders of one circle, its first one again at its end; empty when there is none.</summary>
    public IReadOnlyList<string> Circle()
    {
        HashSet<string> done = [];
        foreach (string folder in _uses.Keys)
        {
            if (Find(folder, [], done) is { } circle)
            {
                return circle;
            }
        }

        return [];
    }

    private List<string>? Find(string folder, List<string> way, HashSet<string> done)
    {
        int at = way.IndexOf(folder);
        if (at >= 0)
        {
            return [.. way[at..], folder];
        }

        if (done.Contains(folder))
        {
            return null;
        }

        way.Add(folder);
        foreach (string next in _uses[folder])
        {
            if (Find(next, way, done) is { } circle)
            {
                return circle;
            }
        }

        way.RemoveAt(way.Count - 1);
        done.Add(folder);
        return null;
    }

    private static bool Uses(string code, string room, string folder, string other, IEnumerable<string> types)
    {
        string name = other.Replace("/", @"\.", StringComparison.Ordinal);
        bool above = other.Length == 0 || folder.StartsWith(other + "/", StringComparison.Ordinal);
        return above
            ? types.Any(type => Regex.IsMatch(code, $@"(?<![\w.]){type}(?!\w)"))
            : Regex.IsMatch(code, $@"using AdvSeg\.{Regex.Escape(room)}\.{name};?\s*$", RegexOptions.Multiline)
                || Regex.IsMatch(code, $@"(?<![\w.""]){name}\.({string.Join('|', types)})(?!\w)");
    }

    private static string FolderOf(string path) => path.LastIndexOf('/') is >= 0 and var end ? path[..end] : "";

    [GeneratedRegex(@"^(?:public|internal)\s+(?:[a-z]+\s+)*?(?:record struct|record|class|struct|interface|enum)\s+(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declaration();

    /// <summary>Comments and plain strings, which only mention names.</summary>
    [GeneratedRegex(@"//.*$|""(?:[^""\\\r\n{]|\\.)*""", RegexOptions.Multiline)]
    private static partial Regex Prose();
}

namespace AdvSeg.Core.Errors;

/// <summary>A path that a person gave, as messages name it: as it was written, and where that is.</summary>
public static class GivenPath
{
    /// <summary>The path itself when it is absolute, else "'x' (/here/x)".</summary>
    public static string Named(string path)
    {
        string full = Path.GetFullPath(path);
        return full == path ? path : $"'{path}' ({full})";
    }

    /// <summary>What to do about a path at which nothing is: a ~ that no shell has expanded is a name like any other.</summary>
    /// <param name="path">The path as it was written.</param>
    /// <param name="otherwise">The remedy for a path without ~.</param>
    public static string Remedy(string path, string otherwise) =>
        IsUnexpanded(path) ? "only a shell expands ~, and only at the start of a word; write the whole path." : otherwise;

    public static bool IsUnexpanded(string path) => path == "~" || path.StartsWith("~/", StringComparison.Ordinal);
}

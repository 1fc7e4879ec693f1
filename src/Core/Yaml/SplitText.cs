using System.Text;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// Writes the folds of a file that a sweep names into the sweep's own text, so that the text is enough wherever it is read. Every other line stays at
/// its number.
/// </summary>
public static class SplitText
{
    public const string NnUnet = "nnunet";
    internal const string Csv = "csv";
    internal const string Folds = "folds";
    private const string Key = "splits";

    /// <summary>The file that the sweep names for its folds: its kind (nnunet, csv) and path; null where it names none.</summary>
    /// <exception cref="SpecException">The text is not YAML.</exception>
    public static (string Kind, string Path)? FileIn(string text, string source) =>
        SpecComposer.Compose(text, source)[Key] is SpecMap { Entries: [{ Key: NnUnet or Csv, Value: SpecScalar { Value.Length: > 0 } path } named] }
            ? (named.Key, path.Value)
            : null;

    /// <param name="text">A sweep that names a file for its folds.</param>
    /// <param name="source">Its file's name, for errors.</param>
    /// <param name="folds">For each fold whom it tests.</param>
    /// <param name="origin">Where they are from, for people: becomes a comment.</param>
    /// <exception cref="SpecException">The text has the key in the midst of a line.</exception>
    public static string WithFolds(string text, string source, IReadOnlyList<IReadOnlyList<string>> folds, string origin)
    {
        SpecMap root = SpecComposer.Compose(text, source);
        string[] lines = text.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        int index = root.Entries.ToList().FindIndex(entry => entry.Key == Key);
        Place key = root.Entries[index].Place;
        int end = index + 1 < root.Entries.Count ? root.Entries[index + 1].Place.Line : lines.Length + 1;
        if (lines[root.Place.Line - 1][root.Place.Column - 1] == '{' || end <= key.Line)
        {
            throw SpecErrors.Fatal(key, $"'{Key}' is in the midst of a line; write it on lines of its own, without braces around the whole file");
        }

        for (int line = key.Line + 1; line < end; line++)
        {
            string rest = lines[line - 1].TrimStart();
            lines[line - 1] = rest.StartsWith('#') || rest.StartsWith("...", StringComparison.Ordinal) ? lines[line - 1] : "";
        }

        lines[key.Line - 1] = $"{new string(' ', key.Column - 1)}{Written(folds)} # {Printable(origin)}";
        return string.Join('\n', lines);
    }

    private static string Written(IReadOnlyList<IReadOnlyList<string>> folds)
    {
        var text = new StringBuilder($"{Key}: {{{Folds}: [");
        foreach ((int fold, IReadOnlyList<string> names) in folds.Index())
        {
            text.Append(fold == 0 ? "" : ", ").Append('[').AppendJoin(", ", names.Select(name => $"'{name}'")).Append(']');
        }

        return text.Append("]}").ToString();
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
}

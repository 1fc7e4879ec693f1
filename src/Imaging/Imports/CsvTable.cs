using System.Text;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Imports;

/// <summary>A table of comma-separated values (RFC 4180) with a line of names: quoted fields may hold commas, quotes and line ends.</summary>
internal sealed class CsvTable
{
    private readonly string _file;
    private readonly Dictionary<string, int> _columns;

    private CsvTable(string file, IReadOnlyList<string> names, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        (_file, Rows) = (file, rows);
        _columns = names.Index().ToDictionary(name => name.Item.Trim(), name => name.Index, StringComparer.Ordinal);
    }

    public IReadOnlyList<IReadOnlyList<string>> Rows { get; }

    /// <exception cref="SpecException">It is not there, empty, or its rows have different lengths.</exception>
    public static CsvTable Read(string file)
    {
        if (!File.Exists(file))
        {
            throw new SpecException($"{file} is not there; name the folder that holds it.");
        }

        string text = File.ReadAllText(file);
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            throw new SpecException($"{file} is a git-LFS pointer, not the file itself; run 'git lfs pull' in its repository.");
        }

        List<List<string>> rows = [.. Split(text).Where(row => row is not [""])];
        if (rows.Count < 2)
        {
            throw new SpecException($"{file} has {rows.Count} rows; a line of names and at least one of values are expected. Fetch it again.");
        }

        if (rows[0] is [var names] && names.AsSpan().IndexOfAny(';', '\t') is >= 0 and var at)
        {
            string mark = names[at] == '\t' ? "tabs" : "';'";
            throw new SpecException($"{file} has {mark} between its values, as some languages' spreadsheets write them; commas are expected: save it "
                + $"as CSV with commas, or replace {mark} by ','.");
        }

        int wrong = rows.FindIndex(row => row.Count != rows[0].Count);
        if (wrong > 0)
        {
            throw new SpecException(
                $"{file} has {rows[wrong].Count} values in row {wrong + 1}, where row 1 names {rows[0].Count} columns; fetch it again.");
        }

        return rows[0].Distinct(StringComparer.Ordinal).Count() == rows[0].Count
            ? new CsvTable(file, rows[0], rows[1..])
            : throw new SpecException($"{file} has two columns of one name; fetch it again.");
    }

    public string Get(IReadOnlyList<string> row, string column) => _columns.TryGetValue(column, out int at)
        ? row[at]
        : throw new SpecException($"{_file} has no column {column}; it has {string.Join(", ", _columns.Keys)}.");

    private static IEnumerable<List<string>> Split(string text)
    {
        List<string> row = [];
        var field = new StringBuilder();
        bool isQuoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (isQuoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append(text[++i]);
            }
            else if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (!isQuoted && c is ',' or '\n' && !isQuoted)
            {
                row.Add(field.ToString());
                field.Clear();
                if (c == '\n')
                {
                    yield return row;
                    row = [];
                }
            }
            else if (isQuoted || c is not ('\r' or '\uFEFF'))
            {
                field.Append(c);
            }
        }

        if (row.Count > 0 || field.Length > 0)
        {
            row.Add(field.ToString());
            yield return row;
        }
    }
}

namespace AdvSeg.Client.Cli;

/// <summary>
/// A table of text in a given width. Nothing is left out, and no word or number is split. A table that is too wide goes on in further tables that
/// repeat the key columns; where a column does not fit beside these, each row becomes a block.
/// </summary>
internal static class TableLayout
{
    private const int Gap = 2;

    /// <param name="headers">One per column.</param>
    /// <param name="rows">As many cells each.</param>
    /// <param name="width">Columns of the terminal; <see cref="int.MaxValue"/> for a file.</param>
    /// <param name="keys">Leading columns that say which row it is.</param>
    /// <returns>Lines without trailing spaces.</returns>
    public static IEnumerable<string> Lines(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, int width, int keys = 1)
    {
        IReadOnlyList<string>[] all = [headers, .. rows.Select(row => (IReadOnlyList<string>)[.. row.Select(Printable.Line)])];
        int[] natural = [.. headers.Select((_, column) => all.Max(row => row[column].Length))];
        if (WidthOf(natural) <= width)
        {
            return all.SelectMany(row => Row(row, natural));
        }

        int[] least = [.. headers.Select((_, column) => all.Max(row => LongestWord(row[column])))];
        int[] body = [.. headers.Select((header, column) => Math.Max(LongestWord(header), all.Skip(1).Max(row => (int?)row[column].Length) ?? 0))];
        return Folds(body, least, width, keys) is { } folds
            ? folds.SelectMany((fold, i) => Fold(all, fold, i > 0))
            : all.Skip(1).SelectMany((row, i) => Block(headers, row, width, i > 0));
    }

    /// <summary>Words on lines of at most so many characters; a longer word has a line of its own.</summary>
    public static IReadOnlyList<string> Wrap(string text, int width)
    {
        if (text.Length <= width)
        {
            return [text];
        }

        List<string> lines = [""];
        foreach (string word in text.Split(' '))
        {
            string longer = lines[^1].Length == 0 ? word : $"{lines[^1]} {word}";
            if (longer.Length <= width || lines[^1].Length == 0)
            {
                lines[^1] = longer;
            }
            else
            {
                lines.Add(word);
            }
        }

        return lines;
    }

    /// <summary>Which columns, and how wide, stand beside each other; null when a column does not fit beside the keys.</summary>
    private static List<List<(int Column, int Width)>>? Folds(int[] natural, int[] least, int width, int keys)
    {
        List<(int, int)> key = [.. Enumerable.Range(0, keys).Select(column => (column, natural[column]))];
        int left = width - key.Sum(column => column.Item2 + Gap);
        List<List<(int, int)>> folds = [];
        int free = 0;
        for (int column = keys; column < natural.Length; column++)
        {
            if (least[column] > left)
            {
                return null;
            }

            int wanted = Math.Min(natural[column], left);
            if (wanted > free)
            {
                folds.Add([.. key]);
                free = left;
            }

            folds[^1].Add((column, wanted));
            free -= wanted + Gap;
        }

        return folds.Count > 0 ? folds : null;
    }

    private static IEnumerable<string> Fold(IReadOnlyList<string>[] rows, List<(int Column, int Width)> fold, bool separate)
    {
        int[] widths = [.. fold.Select(column => column.Width)];
        IEnumerable<string> lines = rows.SelectMany(row => Row([.. fold.Select(column => row[column.Column])], widths));
        return separate ? lines.Prepend("") : lines;
    }

    private static IEnumerable<string> Row(IReadOnlyList<string> cells, int[] widths)
    {
        IReadOnlyList<string>[] wrapped = [.. cells.Select((cell, column) => Wrap(cell, widths[column]))];
        return Enumerable.Range(0, wrapped.Max(lines => lines.Count)).Select(line => string.Join(
            new string(' ', Gap), wrapped.Select((lines, column) => (line < lines.Count ? lines[line] : "").PadRight(widths[column]))).TrimEnd());
    }

    /// <summary>A line for each column, its header first; a header that leaves too little room has a line of its own.</summary>
    private static IEnumerable<string> Block(IReadOnlyList<string> headers, IReadOnlyList<string> row, int width, bool separate)
    {
        List<string> lines = separate ? [""] : [];
        int label = headers.Max(header => header.Length);
        if (label + Gap + row.Max(LongestWord) <= width)
        {
            lines.AddRange(headers.SelectMany((header, column) => Row([header, row[column]], [label, width - label - Gap])));
            return lines;
        }

        foreach ((string header, string cell) in headers.Zip(row))
        {
            lines.AddRange(Wrap(header, width));
            lines.AddRange(Wrap(cell, width - Gap).Select(line => $"{new string(' ', Gap)}{line}".TrimEnd()));
        }

        return lines;
    }

    private static int WidthOf(int[] widths) => widths.Sum() + (Gap * (widths.Length - 1));

    private static int LongestWord(string text) => text.Split(' ').Max(word => word.Length);
}

using System.Text;

namespace AdvSeg.Reporting.Tables;

/// <summary>Rows of plain text under one title and one line of headers, in groups; the first two columns are words, the others numbers.</summary>
internal sealed record Block(
    string Title, IReadOnlyList<string> Headers, IReadOnlyList<(string Name, IReadOnlyList<IReadOnlyList<string>> Rows)> Groups)
{
    private const int Words = 2;

    public void AppendMarkdown(StringBuilder text)
    {
        text.Append($"\n## {Title}\n");
        foreach (var (name, rows) in Groups)
        {
            text.Append(
                $"\n{name}:\n\n| {string.Join(" | ", Headers)} |\n|{string.Concat(Headers.Select((_, i) => i < Words ? "---|" : "---:|"))}\n");
            foreach (IReadOnlyList<string> row in rows)
            {
                text.Append($"| {string.Join(" | ", row)} |\n");
            }
        }
    }

    /// <summary>A booktabs tabular.</summary>
    public void AppendLatex(StringBuilder text)
    {
        text.Append($"\\begin{{tabular}}{{{new string('l', Words)}{new string('r', Headers.Count - Words)}}}\n\\toprule\n{Line(Headers)}");
        foreach (var (name, rows) in Groups)
        {
            text.Append($"\\midrule\n\\multicolumn{{{Headers.Count}}}{{l}}{{\\textit{{{Escape($"{Title}: {name}")}}}}} \\\\\n");
            text.AppendJoin("", rows.Select(Line));
        }

        text.Append("\\bottomrule\n\\end{tabular}\n");
    }

    public static string Escape(string text)
    {
        StringBuilder escaped = new();
        foreach (char c in text)
        {
            escaped.Append(c switch
            {
                '\\' => "\\textbackslash{}",
                '%' or '&' or '#' or '_' or '$' or '{' or '}' => $"\\{c}",
                '~' => "\\textasciitilde{}",
                '^' => "\\textasciicircum{}",
                '±' => "$\\pm$",
                '−' => "$-$",
                '–' => "--",
                '<' or '>' => $"${c}$",
                // Behind the line break of a row above, a bracket would be read as its optional argument.
                '[' or ']' => $"{{{c}}}",
                _ => c.ToString(),
            });
        }

        return escaped.ToString();
    }

    private static string Line(IReadOnlyList<string> cells) => $"{string.Join(" & ", cells.Select(Escape))} \\\\\n";
}

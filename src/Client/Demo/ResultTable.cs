using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using Spectre.Console;

namespace AdvSeg.Client.Demo;

/// <summary>A table of results: ruled where it fits, and in a narrower terminal as <see cref="TableLayout"/> does, which splits no number.</summary>
internal sealed record ResultTable
{
    /// <summary>What borders and padding take of a column.</summary>
    private const int Frame = 3;

    public required string Title { get; init; }

    public required IReadOnlyList<string> Headers { get; init; }

    public required IReadOnlyList<IReadOnlyList<string>> Rows { get; init; }

    /// <summary>Leading columns that say which row it is.</summary>
    public required int Keys { get; init; }

    public void WriteTo(IAnsiConsole console)
    {
        int width = console.Profile.Width;
        if (!console.Profile.Out.IsTerminal || RuledWidth <= width)
        {
            console.Write(Ruled());
            return;
        }

        foreach (string line in Lines(width))
        {
            console.Profile.Out.Writer.WriteLine(line);
        }
    }

    /// <summary>Without rules, for that many columns.</summary>
    public IEnumerable<string> Lines(int width) => [.. TableLayout.Wrap(Title, width), "", .. TableLayout.Lines(Headers, Rows, width, Keys), ""];

    private int RuledWidth =>
        Headers.Select((header, column) => Rows.Select(row => row[column].Length).Append(header.Length).Max() + Frame).Sum() + 1;

    private Table Ruled()
    {
        var table = new Table { Border = TableBorder.Simple, ShowHeaders = true, Title = new TableTitle(Words.Plain(Title)) };
        foreach (string header in Headers)
        {
            table.AddColumn(Words.Plain(header), column => column.NoWrap = header is "variant" or "cohort" or "runs" or "positives" or "metric");
        }

        foreach (IReadOnlyList<string> row in Rows)
        {
            table.AddRow([.. row.Select(Words.Plain)]);
        }

        return table;
    }
}

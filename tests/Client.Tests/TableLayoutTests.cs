using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;

namespace AdvSeg.Client.Tests;

public class TableLayoutTests
{
    private static readonly string[] Headers =
        ["variant", "cohort", "runs", "tumour DSC per patient", "tumour DSC per slice", "sensitivity at equal FPR", "p (Holm)", "note"];

    private static readonly IReadOnlyList<string>[] Rows =
    [
        ["cross-entropy", "held-out", "9 of 9", "0.512 ± 0.123", "0.498 ± 0.311", "0.601 ± 0.200", "-", ""],
        ["adversarial", "held-out", "8 of 9", "0.577 ± 0.119", "0.534 ± 0.298", "0.655 ± 0.187", "< 0.001", "one run is missing, k of K"],
        ["hybrid", "evaluation", "9 of 9", "0.123456789 ± 0.987654321", "-", "-", "0.043", ""],
    ];

    [Theory]
    [InlineData(200)]
    [InlineData(80)]
    [InlineData(60)]
    [InlineData(40)]
    [InlineData(26)]
    public void Lines_InANarrowTerminal_HoldEveryWordWholeAndWrapNothing(int width)
    {
        string[] lines = [.. TableLayout.Lines(Headers, Rows, width, keys: 2)];

        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        string[] shown = [.. lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.All(Rows.SelectMany(row => row).SelectMany(cell => cell.Split(' ', StringSplitOptions.RemoveEmptyEntries)).CountBy(word => word),
            word => Assert.True(shown.Count(s => s == word.Key) >= word.Value, $"'{word.Key}' is not shown {word.Value} times"));
    }

    [Fact]
    public void Lines_ThatFit_AreOneARow()
    {
        string[] lines = [.. TableLayout.Lines(["RUN", "DSC"], [["0f3a99", "0.5"], ["c2", "0.25"]], width: 13)];

        Assert.Equal(["RUN     DSC", "0f3a99  0.5", "c2      0.25"], lines);
    }

    [Fact]
    public void Lines_WiderThanTheTerminal_RepeatTheKeysInFurtherTables()
    {
        string[] lines = [.. TableLayout.Lines(["RUN", "DSC", "SENSITIVITY"], [["0f3a99", "0.512", "0.601"]], width: 20)];

        Assert.Equal(["RUN     DSC", "0f3a99  0.512", "", "RUN     SENSITIVITY", "0f3a99  0.601"], lines);
    }

    [Fact]
    public void Lines_WhereAColumnDoesNotFitBesideTheKeys_AreABlockARow()
    {
        string[] lines = [.. TableLayout.Lines(["RUN", "DIGEST"], [["0f3a99c2d4e6", "0123456789"], ["c2", "-"]], width: 20)];

        Assert.Equal(["RUN     0f3a99c2d4e6", "DIGEST  0123456789", "", "RUN     c2", "DIGEST  -"], lines);
    }

    [Fact]
    public void Cell_WithControlCharacters_IsShownOnItsLine()
    {
        string line = TableLayout.Lines(["MESSAGE"], [["a\nb\u001b[2Jc"]], int.MaxValue).Last();

        Assert.Equal("a b\\u001b[2Jc", line);
    }

    [Theory]
    [InlineData("plain text,\n\ttwo lines", "plain text,\n\ttwo lines")]
    [InlineData("\u001b]0;title\u0007", "\\u001b]0;title\\u0007")]
    [InlineData("50 %\rfinished", "50 %\\u000dfinished")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("user\u202egnp.exe", "user\\u202egnp.exe")]
    public void Printable_OfOtherPeoplesText_MovesNoCursor(string text, string shown) => Assert.Equal(shown, Printable.Of(text));

    [Theory]
    [InlineData(200, 8)]
    [InlineData(60, 5)]
    [InlineData(24, 1)]
    public void LiveColumns_InANarrowTerminal_AreFewerInsteadOfCut(int width, int columns)
    {
        int[] widths = [13, 6, 12, 6, 24, 9, 11, 19];

        int[] shown = LiveView.Shown(widths, width);

        Assert.Equal(columns, shown.Length);
        Assert.Equal(0, shown[0]);
        Assert.True(shown.Sum(column => widths[column] + 2) <= width);
    }
}

using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace AdvSeg.Client.Progress;

/// <summary>The picture of a model in a terminal: a header and one bar per running run. Settled runs scroll away above it.</summary>
internal static class LiveView
{
    private const int BarWidth = 24;
    private const int MostBars = 16;
    private const int Gap = 2;

    /// <summary>For each of <see cref="Texts"/>: its rank, of which the highest is left out first, and whether it is blue.</summary>
    private static readonly (int Rank, bool Blue)[] Columns =
        [(0, true), (2, false), (3, false), (4, false), (7, true), (1, false), (6, false), (5, false)];

    /// <param name="model">What is shown.</param>
    /// <param name="unicode">The terminal can show more than ASCII.</param>
    /// <param name="width">Columns of the terminal: what does not fit beside the rest is left out, the bar first; nothing is cut.</param>
    public static IRenderable Render(ProgressModel model, bool unicode, int width)
    {
        var rows = new List<IRenderable> { Header(model, unicode) };
        if (model.Running.Count > 0)
        {
            rows.Add(Bars([.. model.Running.Take(MostBars)], unicode, width));
        }

        if (model.Running.Count > MostBars)
        {
            rows.Add(new Markup($"[grey]and {model.Running.Count - MostBars} more running[/]"));
        }

        return new Rows(rows);
    }

    /// <summary>Markup of one line.</summary>
    public static string SettledLine(RunRow row, int count, int total, bool unicode)
    {
        (string mark, string colour) = row.State == RunState.Completed ? (unicode ? "✓" : "done", "green") : (unicode ? "✗" : "FAIL", "red");
        return $"[{colour}]{mark}[/] {Words.Plain(Words.Place(row))}: [bold]{Words.Plain(Words.Settled(row))}[/] [grey]({count} of {total})[/]";
    }

    /// <summary>A bar of a fixed width, filled to a share of 0 to 1.</summary>
    public static string Bar(double share, int width, bool unicode)
    {
        int full = (int)Math.Round(Math.Clamp(share, 0, 1) * width);
        (char done, char left) = unicode ? ('━', '─') : ('#', '.');
        return new string(done, full) + new string(left, width - full);
    }

    private static Markup Header(ProgressModel model, bool unicode)
    {
        string[] parts =
        [
            $"[bold]{Words.Plain(model.Status.Sweep)}[/]",
            Words.Stage(model.Status),
            $"{model.Settled.Count} of {model.TotalRuns} runs",
            Words.Percent(model.Share),
            Words.Duration(model.Elapsed),
            $"[bold]{Words.Plain(Words.Eta(model))}[/]",
        ];
        return new Markup(string.Join(unicode ? " [grey]·[/] " : " - ", parts.Where(p => Markup.Remove(p).Length > 0)));
    }

    private static Grid Bars(IReadOnlyList<RunningRun> running, bool unicode, int width)
    {
        string[][] texts = [.. running.Select(run => Texts(run, unicode))];
        int[] shown = Shown([.. Enumerable.Range(0, Columns.Length).Select(column => texts.Max(row => row[column].Length))], width);
        var grid = new Grid();
        foreach (int _ in shown)
        {
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, Gap, 0) });
        }

        foreach (string[] row in texts)
        {
            grid.AddRow([.. shown.Select(column => Columns[column].Blue ? $"[blue]{Words.Plain(row[column])}[/]" : Words.Plain(row[column]))]);
        }

        return grid;
    }

    /// <summary>The columns that fit beside each other, those that matter most chosen first, in their own order.</summary>
    internal static int[] Shown(int[] widths, int width)
    {
        List<int> shown = [];
        int left = width;
        foreach (int column in Enumerable.Range(0, widths.Length).OrderBy(column => Columns[column].Rank))
        {
            if (widths[column] + Gap > left)
            {
                break;
            }

            shown.Add(column);
            left -= widths[column] + Gap;
        }

        return [.. shown.Order()];
    }

    private static string[] Texts(RunningRun run, bool unicode)
    {
        TrainingProgress? now = run.Progress;
        double share = now is { Steps: > 0 } ? (double)now.Step / now.Steps : 0;
        return
        [
            Words.Variant(run.Row),
            $"fold {run.Row.Fold}",
            Words.Level(run.Row),
            $"seed {run.Row.Seed}",
            Bar(share, BarWidth, unicode),
            now is null ? "starting" : $"{now.Step}/{now.Steps}",
            now is { StepsPerSecond: > 0 } ? $"{now.StepsPerSecond:0.0} steps/s" : "",
            now?.SelectionDice is { } dice ? $"selection DSC {Words.Score(dice)}" : "",
        ];
    }
}

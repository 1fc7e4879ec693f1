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

    public static IRenderable Render(ProgressModel model, bool unicode)
    {
        var rows = new List<IRenderable> { Header(model, unicode) };
        if (model.Running.Count > 0)
        {
            rows.Add(Bars(model.Running.Take(MostBars), unicode));
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
        return $"[{colour}]{mark}[/] {Markup.Escape(Words.Cell(row))}: [bold]{Markup.Escape(Words.Settled(row))}[/] [grey]({count} of {total})[/]";
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
            $"[bold]{Markup.Escape(model.Status.Sweep)}[/]",
            Words.Stage(model.Status),
            $"{model.Settled.Count} of {model.TotalRuns} runs",
            Words.Percent(model.Share),
            Words.Duration(model.Elapsed),
            $"[bold]{Markup.Escape(Words.Eta(model))}[/]",
        ];
        return new Markup(string.Join(unicode ? " [grey]·[/] " : " - ", parts.Where(p => Markup.Remove(p).Length > 0)));
    }

    private static Grid Bars(IEnumerable<RunningRun> running, bool unicode)
    {
        var grid = new Grid();
        for (int column = 0; column < 8; column++)
        {
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        }

        foreach (RunningRun run in running)
        {
            TrainingProgress? now = run.Progress;
            double share = now is { Steps: > 0 } ? (double)now.Step / now.Steps : 0;
            grid.AddRow(
                $"[blue]{Markup.Escape(Words.Variant(run.Row))}[/]",
                $"fold {run.Row.Fold}",
                Words.Level(run.Row),
                $"seed {run.Row.Seed}",
                $"[blue]{Bar(share, BarWidth, unicode)}[/]",
                now is null ? "starting" : $"{now.Step}/{now.Steps}",
                now is { StepsPerSecond: > 0 } ? $"{now.StepsPerSecond:0.0} steps/s" : "",
                now?.SelectionDice is { } dice ? $"selection DSC {Words.Score(dice)}" : "");
        }

        return grid;
    }
}

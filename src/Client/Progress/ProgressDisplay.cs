using AdvSeg.Client.Cli;
using AdvSeg.Core.Sweeps;
using Spectre.Console;

namespace AdvSeg.Client.Progress;

/// <summary>Shows a watch on stderr: redrawn in a terminal, as plain lines anywhere else.</summary>
internal static class ProgressDisplay
{
    public static Task<ProgressModel> RunAsync(ProgressWatch watch, Terminal terminal, CancellationToken cancellationToken) =>
        terminal.IsLive ? RunLiveAsync(watch, terminal.Error, cancellationToken) : watch.RunAsync(
            (last, next) =>
            {
                foreach (string line in PlainLines.Between(last, next))
                {
                    terminal.Say(line);
                }
            },
            cancellationToken);

    private static Task<ProgressModel> RunLiveAsync(ProgressWatch watch, IAnsiConsole console, CancellationToken cancellationToken)
    {
        bool unicode = console.Profile.Capabilities.Unicode;
        return console.Live(new Text("")).Overflow(VerticalOverflow.Ellipsis).StartAsync(live => watch.RunAsync(
            (last, next) =>
            {
                int settled = next.SettledBefore;
                foreach (RunRow row in next.Settled.Skip(settled))
                {
                    WriteAbove(console, LiveView.SettledLine(row, ++settled, next.TotalRuns, unicode));
                }

                if (last?.Status.Choice is null && next.Status.Choice is { } choice)
                {
                    WriteAbove(console, $"[bold]choice:[/] {Words.Plain(choice.Reason)}");
                }

                live.UpdateTarget(LiveView.Render(next, unicode, console.Profile.Width));
            },
            cancellationToken));
    }

    /// <summary>
    /// Writes the line and its end at once, because the bars are redrawn where a write stopped. The line is padded, because it covers only part of
    /// the old bars otherwise.
    /// </summary>
    private static void WriteAbove(IAnsiConsole console, string markup)
    {
        int width = console.Profile.Width;
        int last = Markup.Remove(markup).Length % width;
        console.MarkupLine(markup + new string(' ', Math.Max(0, width - 1 - last)));
    }
}

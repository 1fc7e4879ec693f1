using AdvSeg.Client.Cli;
using AdvSeg.Core;
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
                int settled = last?.Settled.Count ?? next.SettledBefore;
                foreach (RunRow row in next.Settled.Skip(settled))
                {
                    console.Write(LiveView.SettledLine(row, ++settled, next.TotalRuns, unicode));
                    console.WriteLine();
                }

                if (last?.Status.Choice is null && next.Status.Choice is { } choice)
                {
                    console.MarkupLineInterpolated($"[bold]choice:[/] {choice.Reason}");
                }

                live.UpdateTarget(LiveView.Render(next, unicode));
            },
            cancellationToken));
    }
}

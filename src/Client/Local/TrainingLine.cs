using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Runs;

namespace AdvSeg.Client.Local;

/// <summary>One run's progress on stderr: a line that renews itself in a terminal, a line each tenth anywhere else.</summary>
internal sealed class TrainingLine(Terminal terminal)
{
    private int _tenth = -1;
    private bool _open;

    public void Show(TrainingProgress now)
    {
        if (terminal.IsLive)
        {
            bool unicode = terminal.Error.Profile.Capabilities.Unicode;
            string bar = LiveView.Bar((double)now.Step / now.Steps, 30, unicode);
            // A line that wraps cannot be renewed.
            string[] lines = [$"{bar}  {Describe(now)}", Describe(now), $"step {now.Step}/{now.Steps}"];
            Console.Error.Write($"\r{Array.Find(lines, line => line.Length < terminal.ErrorWidth) ?? lines[^1]}\u001b[K");
            _open = true;
            return;
        }

        int tenth = 10 * now.Step / now.Steps;
        if (tenth > _tenth)
        {
            _tenth = tenth;
            terminal.Say(Describe(now));
        }
    }

    /// <summary>A line of its own, after ending the one that renews itself.</summary>
    public void Say(string line)
    {
        if (_open)
        {
            Console.Error.WriteLine();
            _open = false;
        }

        terminal.Say(line);
    }

    private static string Describe(TrainingProgress now)
    {
        string rate = now.StepsPerSecond > 0
            ? $", {now.StepsPerSecond:0.0} steps/s, about {Words.Duration(TimeSpan.FromSeconds((now.Steps - now.Step) / now.StepsPerSecond))} left"
            : "";
        return $"step {now.Step}/{now.Steps}{rate}{(now.SelectionDice is { } dice ? $", selection DSC {Words.Score(dice)}" : "")}";
    }
}

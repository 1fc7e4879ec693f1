using System.Text.RegularExpressions;

namespace AdvSeg.Chaos;

internal enum FaultKind
{
    /// <summary>SIGKILL, then a restart.</summary>
    Kill,

    /// <summary>SIGSTOP for a while, then SIGCONT.</summary>
    Freeze,

    /// <summary>SIGTERM, then a restart.</summary>
    Terminate,
}

/// <summary>What was done to a silo, when.</summary>
internal sealed record Fault(DateTimeOffset At, string Node, FaultKind Kind);

/// <summary>One attempt as the workers' logs tell it.</summary>
internal sealed class AttemptTrace(long token, string run, string node, DateTimeOffset began, int firstStep)
{
    public long Token => token;

    public string Run => run;

    public string Node => node;

    public DateTimeOffset Began => began;

    /// <summary>The step it trained from; above 0 when it resumed.</summary>
    public int FirstStep => firstStep;

    public List<(DateTimeOffset At, int Step)> Checkpoints { get; } = [];

    public DateTimeOffset? Ended { get; set; }

    /// <summary>When a fault took its silo away; null when none did.</summary>
    public DateTimeOffset? Interrupted { get; set; }

    /// <summary>The end of its training, by its own word or by a fault.</summary>
    public DateTimeOffset? LastSign => Ended ?? Interrupted;

    public bool RunsAt(DateTimeOffset moment) => Began <= moment && (Ended is null || Ended > moment);
}

/// <summary>What the silos' logs, which lie outside the artifact store, say happened.</summary>
internal sealed partial class Timeline
{
    public Timeline(IEnumerable<LogLine> lines, IEnumerable<Fault> faults)
    {
        foreach (LogLine line in lines)
        {
            Read(line);
        }

        foreach (Fault fault in faults.Where(f => f.Kind is not FaultKind.Terminate))
        {
            foreach (AttemptTrace attempt in Attempts.Values.Where(a => a.Node == fault.Node && a.RunsAt(fault.At)))
            {
                attempt.Interrupted ??= fault.At;
            }
        }
    }

    public SortedDictionary<long, AttemptTrace> Attempts { get; } = [];

    /// <summary>Run of each commit that put the run's result.</summary>
    public List<string> Commits { get; } = [];

    /// <summary>Sweep and run of each acknowledgement that the scheduler stored.</summary>
    public List<(string Sweep, string Run)> Acknowledgements { get; } = [];

    public List<DateTimeOffset> SchedulerActivations { get; } = [];

    /// <summary>When the run's next attempt trained.</summary>
    public DateTimeOffset? NextAttempt(AttemptTrace lost) =>
        Attempts.Values.Where(a => a.Run == lost.Run && a.Token > lost.Token).Select(a => (DateTimeOffset?)a.Began).FirstOrDefault();

    private void Read(LogLine line)
    {
        if (AttemptLine().Match(line.Text) is { Success: true } attempt)
        {
            ReadAttempt(line, long.Parse(attempt.Groups["token"].ValueSpan), attempt.Groups["run"].Value, attempt.Groups["what"].Value);
        }
        else if (AcknowledgedLine().Match(line.Text) is { Success: true } acknowledged)
        {
            Acknowledgements.Add((acknowledged.Groups["sweep"].Value, acknowledged.Groups["run"].Value));
        }
        else if (line.Text.Contains("Scheduler active: epoch", StringComparison.Ordinal))
        {
            SchedulerActivations.Add(line.At);
        }
    }

    private void ReadAttempt(LogLine line, long token, string run, string what)
    {
        if (LastNumber().Match(what) is { Success: true } from && what.StartsWith("trains from step", StringComparison.Ordinal))
        {
            Attempts[token] = new AttemptTrace(token, run, line.Node, line.At, int.Parse(from.ValueSpan));
        }
        else if (LastNumber().Match(what) is { Success: true } step && what.StartsWith("stored the checkpoint", StringComparison.Ordinal))
        {
            Attempts[token].Checkpoints.Add((line.At, int.Parse(step.ValueSpan)));
        }
        else if (what.StartsWith("committed: its result is the run's", StringComparison.Ordinal))
        {
            Commits.Add(run);
        }
        else if (what.StartsWith("ended:", StringComparison.Ordinal) && Attempts.TryGetValue(token, out AttemptTrace? trace))
        {
            trace.Ended = line.At;
        }
    }

    [GeneratedRegex(@"Attempt (?<token>\d+) of run (?<run>[0-9a-f]{64}) (?<what>.*)$")]
    private static partial Regex AttemptLine();

    [GeneratedRegex(@"Sweep (?<sweep>[a-z0-9-]+) acknowledged run (?<run>[0-9a-f]{64})$")]
    private static partial Regex AcknowledgedLine();

    [GeneratedRegex(@"\d+$")]
    private static partial Regex LastNumber();
}

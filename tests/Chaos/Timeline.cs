using System.Globalization;
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

/// <summary>Seconds from an attempt's lease to its first step.</summary>
internal sealed record StartParts(double Checkpoint, double Slot, double Cohort, double Step);

/// <summary>What was done to a silo, when.</summary>
internal sealed record Fault(DateTimeOffset At, string Node, FaultKind Kind);

/// <summary>One attempt as the workers' logs tell it.</summary>
internal sealed class AttemptTrace(long token, string run, string node, DateTimeOffset began, int firstStep)
{
    public long Token => token;

    public string Run => run;

    public string Node => node;

    public DateTimeOffset Began => began;

    /// <summary>When its worker got it, and since when that had asked for one; null: its log does not say.</summary>
    public (DateTimeOffset At, DateTimeOffset Asked)? Leased { get; init; }

    /// <summary>When its first step was trained, and what that had taken; null: it never was.</summary>
    public (DateTimeOffset At, StartParts Parts)? FirstStepDone { get; set; }

    /// <summary>When the scheduler held it for lost; null: never.</summary>
    public DateTimeOffset? Lost { get; set; }

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
    private readonly Dictionary<long, (DateTimeOffset At, DateTimeOffset Asked)> _leased = [];
    private readonly Dictionary<long, DateTimeOffset> _lost = [];

    public Timeline(IEnumerable<LogLine> lines, IEnumerable<Fault> faults)
    {
        foreach (LogLine line in lines)
        {
            Read(line);
        }

        foreach ((long token, DateTimeOffset at) in _lost)
        {
            if (Attempts.TryGetValue(token, out AttemptTrace? attempt))
            {
                attempt.Lost = at;
            }
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

    /// <summary>When and where the scheduler became active.</summary>
    public List<(DateTimeOffset At, string Node)> SchedulerActivations { get; } = [];

    /// <summary>When and where a worker that was started first asked for work, and the seconds that its canary took of that.</summary>
    public List<(DateTimeOffset At, string Node, double Canary)> Asks { get; } = [];

    public AttemptTrace? NextAttempt(AttemptTrace lost) => Attempts.Values.FirstOrDefault(a => a.Run == lost.Run && a.Token > lost.Token);

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
            SchedulerActivations.Add((line.At, line.Node));
        }
        else if (LostLine().Match(line.Text) is { Success: true } lost)
        {
            _lost.TryAdd(long.Parse(lost.Groups["token"].ValueSpan), line.At);
        }
        else if (AsksLine().Match(line.Text) is { Success: true } asks)
        {
            Asks.Add((line.At, line.Node, Seconds(asks, "canary")));
        }
    }

    private void ReadAttempt(LogLine line, long token, string run, string what)
    {
        if (LastNumber().Match(what) is { Success: true } from && what.StartsWith("trains from step", StringComparison.Ordinal))
        {
            Attempts[token] = new AttemptTrace(token, run, line.Node, line.At, int.Parse(from.ValueSpan))
            {
                Leased = _leased.TryGetValue(token, out var leased) ? leased : null,
            };
        }
        else if (LastNumber().Match(what) is { Success: true } step && what.StartsWith("stored the checkpoint", StringComparison.Ordinal))
        {
            Attempts[token].Checkpoints.Add((line.At, int.Parse(step.ValueSpan)));
        }
        else if (LeasedText().Match(what) is { Success: true } leased)
        {
            _leased[token] = (line.At, line.At - TimeSpan.FromSeconds(Seconds(leased, "waited")));
        }
        else if (FirstStepText().Match(what) is { Success: true } first)
        {
            Attempts[token].FirstStepDone =
                (line.At, new(Seconds(first, "checkpoint"), Seconds(first, "slot"), Seconds(first, "cohort"), Seconds(first, "step")));
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

    private static double Seconds(Match match, string part) => double.Parse(match.Groups[part].ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Attempt (?<token>\d+) of run (?<run>[0-9a-f]{64}) (?<what>.*)$")]
    private static partial Regex AttemptLine();

    [GeneratedRegex(@"Sweep (?<sweep>[a-z0-9-]+) acknowledged run (?<run>[0-9a-f]{64})$")]
    private static partial Regex AcknowledgedLine();

    [GeneratedRegex(@"Attempt (?<token>\d+) is lost: ")]
    private static partial Regex LostLine();

    [GeneratedRegex(@"Asks for work: the canary [0-9a-f]+ took (?<canary>[\d.]+) s$")]
    private static partial Regex AsksLine();

    [GeneratedRegex(@"^was leased (?<waited>[\d.]+) s after it was asked for$")]
    private static partial Regex LeasedText();

    [GeneratedRegex(@"^trained its first step, \d+: checkpoint (?<checkpoint>[\d.]+) s, slot (?<slot>[\d.]+) s, cohort (?<cohort>[\d.]+) s, "
        + @"step (?<step>[\d.]+) s$")]
    private static partial Regex FirstStepText();

    [GeneratedRegex(@"\d+$")]
    private static partial Regex LastNumber();
}

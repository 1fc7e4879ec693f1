using AdvSeg.Core.Statistics;

namespace AdvSeg.Scale;

/// <summary>What one sweep cost.</summary>
internal sealed record Measurement
{
    public required int Runs { get; init; }

    public required int Slots { get; init; }

    public required TimeSpan Sleep { get; init; }

    /// <summary>From the sweep's start to its end, or to the run at which it was stopped.</summary>
    public required TimeSpan Wall { get; init; }

    /// <summary>Processor time of the control process in between.</summary>
    public required TimeSpan Cpu { get; init; }

    /// <summary>Until the sweep was planned and its first runs could be leased.</summary>
    public required TimeSpan Submit { get; init; }

    public required double PeakMebibytes { get; init; }

    public required double ResidentMebibytes { get; init; }

    /// <summary>What a full garbage collection leaves of the managed heap once the sweep is over.</summary>
    public required double LiveMebibytes { get; init; }

    /// <summary>Milliseconds of each visit to the sweep's page, its list of runs, and its report.</summary>
    public required IReadOnlyList<double> Page { get; init; }

    public required IReadOnlyList<double> RunsPage { get; init; }

    public required IReadOnlyList<double> Report { get; init; }

    /// <summary>What full slots would take.</summary>
    public TimeSpan Floor => Sleep * Runs / Slots;

    private double Between => ((Wall * Slots) - (Sleep * Runs)).TotalMilliseconds / Runs;

    /// <summary>The benchmark's last line.</summary>
    public override string ToString() =>
        $"wall {Wall.TotalSeconds:0.0} s, floor {Floor.TotalSeconds:0.0} s, ratio {Wall / Floor:0.000}; "
        + $"cpu {Cpu.TotalSeconds:0.0} s; peak {PeakMebibytes:0} MiB; "
        + $"page p95 {P(Page, 0.95)} ms; runs page p95 {P(RunsPage, 0.95)} ms; report p95 {P(Report, 0.95)} ms";

    /// <summary>The rest of what was seen, for people.</summary>
    public string Details() =>
        $"""
        {Runs / Wall.TotalSeconds:0.0} runs a second; {Between:0.0} ms between two runs of a slot
        {Cpu.TotalMilliseconds / Runs:0.0} ms of control CPU a run
        submit {Submit.TotalSeconds:0.0} s; resident at the end {ResidentMebibytes:0} MiB, of which {LiveMebibytes:0} MiB are live objects
        page {Spread(Page)}; runs page {Spread(RunsPage)}; report {Spread(Report)}
        """;

    public static string Spread(IReadOnlyList<double> milliseconds) => milliseconds.Count == 0
        ? "not asked"
        : $"p50 {P(milliseconds, 0.5)}, p95 {P(milliseconds, 0.95)}, p99 {P(milliseconds, 0.99)}, max {P(milliseconds, 1)} ms of "
            + $"{milliseconds.Count}";

    private static string P(IReadOnlyList<double> values, double probability) =>
        values.Count == 0 ? "-" : $"{Descriptive.Quantile(values, probability):0}";
}

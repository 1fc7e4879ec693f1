using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>One run as lists show it; scores are of the held-out fold, means over its tumour patients.</summary>
public sealed record RunRow
{
    /// <summary>Index in the plan.</summary>
    public required int Index { get; init; }

    public required string Run { get; init; }

    public required string Variant { get; init; }

    /// <summary>The settings of the candidate, such as "learningRate 0.004"; null for a variant that is not tuned.</summary>
    public string? Settings { get; init; }

    public required int Fold { get; init; }

    /// <summary>Positive training patients kept; null is "all".</summary>
    public int? Positives { get; init; }

    public required ulong Seed { get; init; }

    public required RunState State { get; init; }

    public long? Attempt { get; init; }

    public string? Worker { get; init; }

    public TrainingProgress? Progress { get; init; }

    public double? Dice { get; init; }

    public double? Sensitivity { get; init; }

    /// <summary>Why it failed or was cancelled, or why the result of a completed run cannot be read.</summary>
    public string? Message { get; init; }
}

/// <summary>One page of a sweep's runs.</summary>
public sealed record RunPage(int Total, int Offset, IReadOnlyList<RunRow> Rows);

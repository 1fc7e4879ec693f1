using System.Text.Json.Serialization;
using AdvSeg.Core.Plans;

namespace AdvSeg.Core.Sweeps;

/// <summary>One sweep at a glance: what lists and headers show.</summary>
public sealed record SweepStatus
{
    public required string Sweep { get; init; }

    public required string Name { get; init; }

    public required string Owner { get; init; }

    public required int Priority { get; init; }

    public required SweepStage Stage { get; init; }

    public required bool Paused { get; init; }

    /// <summary>Runs that are paused by themselves.</summary>
    public int PausedRuns { get; init; }

    public required DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    /// <summary>Runs that will be trained as far as known: tuning, cross-validation of what is chosen, and the chosen folds' ablation runs once chosen.</summary>
    public required int Planned { get; init; }

    public required int Running { get; init; }

    public required int Completed { get; init; }

    public required int Failed { get; init; }

    public required int Cancelled { get; init; }

    /// <summary>Runs that have an outcome.</summary>
    [JsonIgnore]
    public int Settled => Completed + Failed + Cancelled;

    /// <summary>Runs that were already in the store when the sweep wanted them.</summary>
    public required int Reused { get; init; }

    /// <summary>Null for a sweep that tunes nothing, and before its candidates are chosen.</summary>
    public Tuning? Tuning { get; init; }

    /// <summary>Tuning runs that are settled, and all of them; null when nothing is tuned.</summary>
    public TuningProgress? TuningRuns { get; init; }

    public Choice? Choice { get; init; }

    public string? Message { get; init; }

    /// <summary>The report of the finished sweep is in the store.</summary>
    public required bool Reported { get; init; }
}

/// <summary>How far the tuning stage is.</summary>
public sealed record TuningProgress(int Settled, int Planned);

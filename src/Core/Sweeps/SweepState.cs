using System.Text.Json.Serialization;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// What a sweep must not forget and cannot derive. Its size does not grow while runs settle: the scheduler's cursor tells what is
/// settled until the sweep ends, then one bit per run.
/// </summary>
public sealed record SweepState
{
    /// <summary>Version 2 added retries, paused runs and cancelled bits; what version 1 does not have is empty.</summary>
    public int FormatVersion { get; init; } = 2;

    public long Epoch { get; init; }

    /// <summary>Null until the sweep is started.</summary>
    public SweepStage? Stage { get; init; }

    public bool Paused { get; init; }

    public DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public string? Message { get; init; }

    /// <summary>Paused runs by plan index.</summary>
    public IReadOnlyList<int> PausedRuns { get; init; } = [];

    /// <summary>Reused runs until the sweep last ended.</summary>
    public int Reused { get; init; }

    /// <summary>Retry orders that were carried out; a stored order of the next number is under way.</summary>
    public int Retries { get; init; }

    /// <summary>Runs by plan index that were completed when the sweep last ended.</summary>
    public byte[]? CompletedBits { get; init; }

    /// <summary>
    /// Runs by plan index that were cancelled with their sweep, and have not been retried since it went on; those of candidates that were
    /// not chosen may be among them.
    /// </summary>
    public byte[]? CancelledBits { get; init; }

    [JsonIgnore]
    public bool HasEnded => Stage is { } stage && SweepStages.HasEnded(stage);
}

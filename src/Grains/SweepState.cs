using System.Text.Json.Serialization;
using AdvSeg.Core;

namespace AdvSeg.Grains;

/// <summary>
/// What a sweep must not forget and cannot derive. Its size does not grow while runs settle: the scheduler's cursor tells what is
/// settled until the sweep ends, then one bit per run.
/// </summary>
public sealed record SweepState
{
    public int FormatVersion { get; init; } = 1;

    public long Epoch { get; init; }

    /// <summary>Null until the sweep is started.</summary>
    public SweepStage? Stage { get; init; }

    public bool Paused { get; init; }

    public DateTimeOffset Started { get; init; }

    public DateTimeOffset? Ended { get; init; }

    public string? Message { get; init; }

    public int Reused { get; init; }

    /// <summary>Completed runs by plan index, once the sweep has ended.</summary>
    public byte[]? CompletedBits { get; init; }

    [JsonIgnore]
    public bool HasEnded => Stage is SweepStage.Finished or SweepStage.Stopped or SweepStage.Cancelled;
}

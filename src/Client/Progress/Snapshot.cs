using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Client.Progress;

/// <summary>What one poll found.</summary>
public sealed record Snapshot
{
    public required DateTimeOffset Now { get; init; }

    public required SweepStatus Status { get; init; }

    public required IReadOnlyList<RunRow> Running { get; init; }

    /// <summary>Every run of the sweep that has an outcome, in plan order; null when the counts say that nothing has changed.</summary>
    public IReadOnlyList<RunRow>? Settled { get; init; }

    public required ProgressBatch Progress { get; init; }

    /// <summary>Slots that this sweep can count on.</summary>
    public required int Slots { get; init; }
}

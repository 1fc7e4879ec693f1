using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>Everything that is stored of a sweep, as an activation reads it.</summary>
public sealed record SweepRecords
{
    public required Plan Plan { get; init; }

    public required SweepState State { get; init; }

    public Tuning? Tuning { get; init; }

    public Choice? Choice { get; init; }

    /// <summary>Stored outcomes by plan index: of failed runs, and of runs that were cancelled by themselves.</summary>
    public IReadOnlyDictionary<int, RunOutcome> Outcomes { get; init; } = new Dictionary<int, RunOutcome>();

    /// <summary>An order that is stored and not counted as carried out.</summary>
    public RetryOrder? Order { get; init; }
}

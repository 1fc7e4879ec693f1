using System.Text.Json.Serialization;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

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

    /// <summary>
    /// Runs that will be trained as far as known: tuning, cross-validation of what is chosen, and the chosen folds' ablation runs once
    /// chosen.
    /// </summary>
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

    /// <summary>Settled runs of each variant, in their order, while the sweep goes on; null when it is over.</summary>
    public IReadOnlyList<VariantProgress>? Variants { get; init; }

    /// <summary>Null for a sweep that tunes nothing, and before its candidates are chosen.</summary>
    public Tuning? Tuning { get; init; }

    /// <summary>Tuning runs that are settled, and all of them; null when nothing is tuned.</summary>
    public TuningProgress? TuningRuns { get; init; }

    public Choice? Choice { get; init; }

    public string? Message { get; init; }

    /// <summary>The report of the finished sweep is in the store.</summary>
    public required bool Reported { get; init; }

    /// <summary>In lists: which stored file of the sweep cannot be read, and what to do; the rest of the row then says nothing.</summary>
    public string? Damage { get; init; }

    /// <summary>The row of a sweep that cannot be read.</summary>
    public static SweepStatus OfDamaged(string sweep, string damage) => new()
    {
        Sweep = sweep,
        Name = sweep,
        Owner = "",
        Priority = 0,
        Stage = SweepStage.Stopped,
        Paused = false,
        Started = DateTimeOffset.UnixEpoch,
        Ended = DateTimeOffset.UnixEpoch,
        Planned = 0,
        Running = 0,
        Completed = 0,
        Failed = 0,
        Cancelled = 0,
        Reused = 0,
        Reported = false,
        Damage = damage,
    };

    /// <param name="sweep">What is believed of the sweep.</param>
    /// <param name="open">What the scheduler holds open of it.</param>
    /// <param name="reported">Its report is in the store.</param>
    public static SweepStatus Of(SweepMachine sweep, OpenRuns open, bool reported) => new()
    {
        Sweep = sweep.Plan.Sweep,
        Name = sweep.Plan.Spec.Name,
        Owner = sweep.Plan.Spec.Owner,
        Priority = sweep.Plan.Spec.Priority,
        Stage = sweep.Stage,
        Paused = sweep.State.Paused,
        PausedRuns = sweep.State.PausedRuns.Count,
        Started = sweep.State.Started,
        Ended = sweep.State.Ended,
        Planned = sweep.Ledger.Planned,
        // Runs settle while the scheduler is asked: one that is not open here by now runs no more.
        Running = open.Leases.Count(l => RunStates.IsOpen(sweep.Ledger.States[l.Index])),
        Completed = sweep.Ledger.Count(RunState.Completed),
        Failed = sweep.Ledger.Count(RunState.Failed),
        Cancelled = sweep.Ledger.Count(RunState.Cancelled),
        // The ended state includes the queue's count, and the scheduler holds the queue until it has heard of the end: no run counts twice.
        Reused = sweep.State.Reused + (sweep.State.HasEnded ? 0 : open.Queue?.Reused ?? 0),
        Variants = sweep.State.Ended is null ? sweep.Ledger.SettledByVariant() : null,
        Tuning = sweep.Tuning,
        TuningRuns = sweep.Ledger.TuningProgress,
        Choice = sweep.Choice,
        Message = sweep.State.Message,
        Reported = reported,
    };
}

/// <summary>How far the tuning stage is.</summary>
public sealed record TuningProgress(int Settled, int Planned);

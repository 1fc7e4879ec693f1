namespace AdvSeg.Core;

/// <summary>Where a sweep stands. Paused is not a stage: a paused sweep keeps its own.</summary>
public enum SweepStage
{
    /// <summary>Candidates of tuned variants are scored on the selection folds. A sweep that tunes nothing has no such stage.</summary>
    Tuning,

    CrossValidation,
    Ablation,

    /// <summary>Every planned run is settled and the report is stored.</summary>
    Finished,

    /// <summary>No candidate of a variant, or no fold for the ablation, is eligible; <see cref="SweepStatus.Message"/> says why.</summary>
    Stopped,

    Cancelled,
}

public enum RunState
{
    /// <summary>A run whose candidate or, in the ablation, whose fold has not been chosen.</summary>
    Conditional,

    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,

    /// <summary>
    /// A run whose candidate or fold was not chosen. A candidate's tuning run that did not complete ends here too: it is counted in no
    /// figure, so it is not a failure of the sweep.
    /// </summary>
    NotChosen,
}

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

    /// <summary>Why it failed or was cancelled.</summary>
    public string? Message { get; init; }
}

/// <summary>One page of a sweep's runs.</summary>
public sealed record RunPage(int Total, int Offset, IReadOnlyList<RunRow> Rows);

/// <summary>One fold or ablation point: its runs per variant and the mean held-out scores so far.</summary>
public sealed record CellView
{
    public required int Fold { get; init; }

    /// <summary>Index into the ablation levels; null for the fold itself.</summary>
    public int? Level { get; init; }

    public required int TrainPositives { get; init; }

    public required int TrainNegatives { get; init; }

    public required int SelectPatients { get; init; }

    public required int TestPatients { get; init; }

    public required string SplitDigest { get; init; }

    public required IReadOnlyList<CellVariant> Variants { get; init; }
}

/// <summary>One variant in a cell: k of K runs settled as completed; means over its completed runs and their tumour patients.</summary>
public sealed record CellVariant(string Variant, int Completed, int Planned, double? Dice, double? Sensitivity);

/// <summary>One worker silo.</summary>
public sealed record WorkerView(string Worker, Numerics Numerics, string Canary, int Slots, int Busy, bool Draining, IReadOnlyList<string> Runs);

/// <summary>The worker that is asked to drain, and whether it has said that it does.</summary>
public sealed record DrainReply(string Worker, bool Acknowledged);

/// <summary>The newest progress of one run, at the hub's version.</summary>
public sealed record RunProgress(string Run, long Attempt, string Worker, long Version, TrainingProgress Progress);

/// <summary>What changed since a version. A watcher asks again with <see cref="Version"/>.</summary>
public sealed record ProgressBatch(long Version, IReadOnlyList<RunProgress> Runs);

using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>
/// The full deterministic expansion of a sweep, <c>plan.json</c>: cross-validation runs first, then the ablation runs of every fold,
/// fold by fold, conditional on the choice. The same function makes it in <c>advseg plan</c> and in the cluster.
/// </summary>
public sealed record Plan
{
    public required string Sweep { get; init; }

    public required SweepSpec Spec { get; init; }

    public required string CohortDigest { get; init; }

    public string? EvaluationCohortDigest { get; init; }

    public required Numerics Numerics { get; init; }

    public required string Trainer { get; init; }

    public required int TrainerRevision { get; init; }

    public required IReadOnlyList<FoldPlan> Folds { get; init; }

    /// <summary>Cross-validation runs occupy [0, CrossValidationRuns), ordered by seed, fold, variant; then each fold's ablation runs
    /// in one unbroken range, ordered by seed, level, variant. A tuned variant lists the runs of every candidate: those that tune stand in their
    /// place in this order, the others follow by variant and candidate, so that a choice wants few ranges.</summary>
    public required IReadOnlyList<PlannedRun> Runs { get; init; }

    public required int CrossValidationRuns { get; init; }
}

/// <summary>One permutation of the patient-wise split; every list is in ordinal order and no patient is in two of them.</summary>
public sealed record FoldPlan
{
    public required int Index { get; init; }

    public required IReadOnlyList<string> TrainPositive { get; init; }

    public required IReadOnlyList<string> TrainNegative { get; init; }

    public required IReadOnlyList<string> Select { get; init; }

    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>SHA-256 of the canonical JSON of the four lists.</summary>
    public required string SplitDigest { get; init; }

    /// <summary>For each seed, in the spec's order, the permutation of <see cref="TrainPositive"/> whose prefixes are the nested subsets.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> SubsetOrders { get; init; }

    /// <summary>For each ablation level, in the spec's order, how many positive training patients are kept; strictly descending.</summary>
    public required IReadOnlyList<int> LevelPositives { get; init; }

    /// <summary>First index and count of this fold's ablation runs in <see cref="Plan.Runs"/>.</summary>
    public required int AblationStart { get; init; }

    public required int AblationCount { get; init; }
}

/// <summary>One cell of the plan.</summary>
/// <param name="Run">Run id.</param>
/// <param name="Variant">Index into the spec's variants.</param>
/// <param name="Fold">Fold index.</param>
/// <param name="Level">Index into the ablation levels; null is "all", the fold's own run.</param>
/// <param name="Seed">Index into the spec's seeds.</param>
/// <param name="Candidate">Index into the candidates of a tuned variant; null for a variant that is not tuned.</param>
public sealed record PlannedRun(string Run, int Variant, int Fold, int? Level, int Seed, int? Candidate = null);

using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Specs;

/// <summary>
/// What the scientist asks, with every preset and default resolved; <c>SweepYaml</c> reads it. Its canonical JSON is the sweep's
/// identity, so the same question asked twice is one sweep.
/// </summary>
public sealed record SweepSpec
{
    /// <summary>Tumour DSC below which a network has not found the tumour.</summary>
    public const double UsualFailureBelow = 0.05;

    /// <summary>1 to 40 of a-z, 0-9 and '-'.</summary>
    public required string Name { get; init; }

    /// <summary>Whose share of the cluster it uses; 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-', '@'.</summary>
    public required string Owner { get; init; }

    /// <summary>-100 to 100; higher is served first and never preempts.</summary>
    public required int Priority { get; init; }

    public required CohortSource Cohort { get; init; }

    /// <summary>Scored by every run, trained and selected on by none.</summary>
    public CohortSource? EvaluationCohort { get; init; }

    /// <summary>k of the patient-wise cross-validation; at least 3, because one fold selects and one is held out.</summary>
    public required int Folds { get; init; }

    public required ulong SplitSeed { get; init; }

    /// <summary>For each fold whom it tests, by ids of patients or of their studies, in ordinal order; null for folds that are dealt with
    /// <see cref="SplitSeed"/>. The file that they are from is no part of the spec: runs hold the patients themselves.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? Splits { get; init; }

    /// <summary>One replicate each: initial weights, batches and ablation subsets are redrawn.</summary>
    public required IReadOnlyList<ulong> Seeds { get; init; }

    /// <summary>In the order of tables and figures.</summary>
    public required IReadOnlyList<VariantSpec> Variants { get; init; }

    /// <summary>The variant that gains are relative to.</summary>
    public required string Baseline { get; init; }

    public AblationSpec? Ablation { get; init; }

    /// <summary>How many of the first seeds choose between candidates; null is one.</summary>
    public int? TuningSeeds { get; init; }

    /// <summary>The seeds that chose settings are reported too; null for the default, which leaves them out where there are others.</summary>
    public bool? ReportTuningSeeds { get; init; }

    /// <summary>The primary comparison; null for none, which makes every comparison exploratory.</summary>
    public EndpointSpec? Endpoint { get; init; }

    /// <summary>A network has failed when the tumour DSC of its kept weights is below this on the selection patients; null for the default.</summary>
    public double? FailureBelow { get; init; }

    /// <summary>What every run computes with, so that no comparison of the sweep mixes numerics; null for what the cluster plans with.</summary>
    public Numerics? Numerics { get; init; }

    /// <summary>The name, a dash and eight digits of the spec's digest.</summary>
    public SweepId Id() => new($"{Name}-{Digest.OfJson(this)[..8]}");

    /// <summary>An id has only 32 bits of the spec, so a long search finds another spec with the same id.</summary>
    /// <exception cref="SpecException">This is another sweep than the one that has the id.</exception>
    public void RequireIs(SweepSpec holder)
    {
        if (Digest.OfJson(this) != Digest.OfJson(holder))
        {
            throw new SpecException($"Another sweep has the id '{Id()}' already; give this one another name.");
        }
    }
}

/// <summary>A named scheme with its protocol overrides: what tables and figures compare.</summary>
public sealed record VariantSpec
{
    public required string Name { get; init; }

    public required SchemeSpec Scheme { get; init; }

    public required TrainingProtocol Protocol { get; init; }

    public required SegmentorSpec Segmentor { get; init; }

    /// <summary>Candidates that scheme and protocol are chosen from before the cross-validation; null for settings that are fixed.</summary>
    public TuneSpec? Tune { get; init; }
}

public enum AblationFolds
{
    /// <summary>The chosen fold only, as in the paper; a selection effect that every figure names.</summary>
    Best,

    All,
}

/// <summary>Dataset reduction. The level "all" is the fold's own run and is never listed.</summary>
public sealed record AblationSpec
{
    /// <summary>Shares of the positive training patients that are kept, each in (0, 1), descending.</summary>
    public required IReadOnlyList<double> Levels { get; init; }

    public required AblationFolds Folds { get; init; }

    /// <summary>Variants trained at each level; the baseline is one of them.</summary>
    public required IReadOnlyList<string> Variants { get; init; }
}

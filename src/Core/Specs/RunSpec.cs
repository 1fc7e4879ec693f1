using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Specs;

/// <summary>
/// One training run, resolved to the last setting; its id is the SHA-256 of its canonical JSON. It never holds a fold number, a level or
/// a split seed: what is the same training has the same identity. New members are nullable, so that old identities stand.
/// </summary>
public sealed record RunSpec
{
    public required string CohortDigest { get; init; }

    /// <summary>Positive (aggressive) training patients, ordinal order.</summary>
    public required IReadOnlyList<string> TrainPositive { get; init; }

    /// <summary>Negative (lesion-free) training patients, ordinal order.</summary>
    public required IReadOnlyList<string> TrainNegative { get; init; }

    /// <summary>Patients whose tumour DSC selects the weights, ordinal order.</summary>
    public required IReadOnlyList<string> Select { get; init; }

    /// <summary>Held-out patients, ordinal order.</summary>
    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>A further cohort that is only scored, every patient of it.</summary>
    public string? EvaluationCohortDigest { get; init; }

    public required SchemeSpec Scheme { get; init; }

    public required TrainingProtocol Protocol { get; init; }

    public required SegmentorSpec Segmentor { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Name of the trainer.</summary>
    public required string Trainer { get; init; }

    /// <summary>Revision of the trainer: raised when a golden curve moves.</summary>
    public required int TrainerRevision { get; init; }

    public required Numerics Numerics { get; init; }

    /// <summary>The identity of the run: the same training asked for twice is one run.</summary>
    public RunId Id() => new(Digest.OfJson(this));
}

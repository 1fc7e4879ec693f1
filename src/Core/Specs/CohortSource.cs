using System.Text.Json.Serialization;

namespace AdvSeg.Core.Specs;

/// <summary>Where a cohort comes from. Submitting turns it into a digest in the store.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PhantomCohort), "phantom")]
[JsonDerivedType(typeof(StoredCohort), "stored")]
[JsonDerivedType(typeof(FolderCohort), "folder")]
public abstract record CohortSource;

/// <summary>
/// A synthetic cohort with known truth. A setting of its difficulty is null at the usual value, 1, so that phantoms from before these settings keep
/// their identities.
/// </summary>
public sealed record PhantomCohort(int Aggressive, int LesionFree, int Size, ulong Seed) : CohortSource
{
    /// <summary>How much is left of what tells tumour from its tissue.</summary>
    public double? Contrast { get; init; }

    /// <summary>How far tissues and scanners of patients lie from their means, relative to the usual distance.</summary>
    public double? Variation { get; init; }

    /// <summary>How far the expert's outline of tumour lies from the truth, relative to the usual distance; 0 is the truth.</summary>
    public double? LabelNoise { get; init; }

    /// <summary>"contrast 0.5, label noise 2"; empty for the usual phantom.</summary>
    [JsonIgnore]
    public string Difficulty => string.Join(", ", new[]
    {
        ("contrast", Contrast), ("variation", Variation), ("label noise", LabelNoise),
    }.Where(d => d.Item2 is not null).Select(d => FormattableString.Invariant($"{d.Item1} {d.Item2}")));
}

/// <summary>A cohort already in the artifact store.</summary>
public sealed record StoredCohort(string CohortDigest) : CohortSource;

/// <summary>A cohort folder on the submitter's machine; it is uploaded on submit.</summary>
public sealed record FolderCohort(string Path) : CohortSource;

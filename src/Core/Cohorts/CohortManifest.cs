using System.Text.Json.Serialization;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Cohorts;

/// <summary>One patient of a cohort.</summary>
/// <param name="Id">Unique in the cohort: 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.</param>
/// <param name="Positive">The patient has expert-marked tumour.</param>
/// <param name="Slices">Number of slices.</param>
/// <param name="TumourSlices">Slices with at least one tumour pixel: what splits and subsets are stratified by.</param>
/// <param name="File">Path inside the cohort folder.</param>
/// <param name="Sha256">Digest of that file.</param>
public sealed record CohortPatient(string Id, bool Positive, int Slices, int TumourSlices, string File, string Sha256);

/// <summary>
/// <c>manifest.json</c> of a cohort: an immutable set of patients. Its digest, the SHA-256 of its canonical JSON, covers every patient
/// file's digest, so it identifies the content.
/// </summary>
public sealed record CohortManifest
{
    /// <summary>From slice to slice where the cohort does not say, mm.</summary>
    public const double UsualSliceMillimetres = 3;

    public const string FileName = "manifest.json";

    /// <summary>What the cohort is, for people.</summary>
    public required string Description { get; init; }

    /// <summary>Names of the images that patient files hold of each slice, in their order.</summary>
    public required IReadOnlyList<string> Channels { get; init; }

    /// <summary>
    /// Names of the values in label maps, from 0: background, the target (tumour), then any others. Null for the paper's four, which all cohorts had
    /// before manifests could name classes.
    /// </summary>
    public IReadOnlyList<string>? Classes { get; init; }

    [JsonIgnore]
    public CohortLayout Layout => new(Channels, Classes ?? CohortLayout.Paper.Classes);

    /// <summary>Height and width of every slice, pixels.</summary>
    public required int Size { get; init; }

    /// <summary>In-plane pixel side, mm.</summary>
    public required double PixelMillimetres { get; init; }

    /// <summary>From slice to slice, mm; null where the cohort does not say, as in cohorts from before manifests could.</summary>
    public double? SliceMillimetres { get; init; }

    /// <summary>
    /// What distances are computed with: <see cref="SliceMillimetres"/>, or 3 mm where the cohort does not say, as in the phantom and in most
    /// T2w series of the prostate.
    /// </summary>
    [JsonIgnore]
    public double SliceDistance => SliceMillimetres ?? UsualSliceMillimetres;

    /// <summary>Ordinal order of id.</summary>
    public required IReadOnlyList<CohortPatient> Patients { get; init; }

    public string ComputeDigest() => Digest.OfJson(this);
}

/// <summary>Values in label maps: the first two of every cohort, and the zones of the paper's.</summary>
public enum LabelClass : byte
{
    Background = 0,

    /// <summary>The target of segmentation, whatever the cohort calls it.</summary>
    Tumour = 1,
    PeripheralZone = 2,
    TransitionZone = 3,
}

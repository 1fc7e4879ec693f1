using System.Text.Json.Serialization;

namespace AdvSeg.Core.Specs;

/// <summary>Where a cohort comes from. Submitting turns it into a digest in the store.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(PhantomCohort), "phantom")]
[JsonDerivedType(typeof(StoredCohort), "stored")]
[JsonDerivedType(typeof(FolderCohort), "folder")]
public abstract record CohortSource;

/// <summary>A synthetic cohort with known truth.</summary>
public sealed record PhantomCohort(int Aggressive, int LesionFree, int Size, ulong Seed) : CohortSource;

/// <summary>A cohort already in the artifact store.</summary>
public sealed record StoredCohort(string CohortDigest) : CohortSource;

/// <summary>A cohort folder on the submitter's machine; it is uploaded on submit.</summary>
public sealed record FolderCohort(string Path) : CohortSource;

using System.Buffers;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Cohorts;

/// <summary>What makes a manifest describe a cohort, wherever it comes from: a folder, an upload, a store.</summary>
public static class ManifestRules
{
    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <param name="json">The manifest's bytes.</param>
    /// <param name="source">Where they are from, for messages.</param>
    /// <exception cref="SpecException">They are not a manifest, or not one of a cohort.</exception>
    public static CohortManifest Read(ReadOnlySpan<byte> json, string source) => Checked(CanonicalJson.Read<CohortManifest>(json, source), source);

    /// <exception cref="SpecException">Names what is wrong.</exception>
    public static CohortManifest Checked(CohortManifest manifest, string source)
    {
        if (manifest.Patients.Count == 0)
        {
            throw new SpecException($"{source} has no patients; a cohort needs at least one.");
        }

        if (manifest.Size < 1 || !(manifest.PixelMillimetres > 0) || !double.IsFinite(manifest.PixelMillimetres))
        {
            throw new SpecException($"{source} has slices of {manifest.Size} pixels of {manifest.PixelMillimetres} mm; both must be positive.");
        }

        if (manifest.SliceMillimetres is { } distance && !(distance > 0 && double.IsFinite(distance)))
        {
            throw new SpecException(
                $"{source} has slices {distance} mm apart; give a positive distance, or leave sliceMillimetres out where it is not known.");
        }

        if (manifest.Classes is not null && manifest.Layout.ClassesIfNotPaper is null)
        {
            throw new SpecException(
                $"{source} lists the classes {string.Join(", ", manifest.Classes)}, which a manifest without classes has; leave classes out: "
                    + "one content has one digest.");
        }

        LayoutRules.Checked(manifest.Layout, source);
        for (int i = 0; i < manifest.Patients.Count; i++)
        {
            CheckPatient(manifest.Patients[i], source);
            if (i > 0 && string.CompareOrdinal(manifest.Patients[i - 1].Id, manifest.Patients[i].Id) >= 0)
            {
                throw new SpecException($"{source} lists patient {manifest.Patients[i].Id} twice or out of order; ids are unique and sorted.");
            }
        }

        return manifest;
    }

    /// <summary>Ids become file names, so nothing else is allowed in them.</summary>
    public static void CheckId(string id, string source)
    {
        if (id.Length is 0 or > 64 || id.AsSpan().ContainsAnyExcept(IdCharacters) || id is "." or "..")
        {
            throw new SpecException($"{source} has a patient '{id}'; ids are 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.");
        }
    }

    /// <summary>Where a patient's file lies in the cohort.</summary>
    public static string FileOf(string id) => $"patients/{id}.advseg";

    private static void CheckPatient(CohortPatient patient, string source)
    {
        string id = patient.Id;
        CheckId(id, source);
        if (patient.File != FileOf(id))
        {
            throw new SpecException($"{source} keeps patient {id} in '{patient.File}'; it must be {FileOf(id)}.");
        }

        if (patient.Slices < 1 || patient.TumourSlices < 0 || patient.TumourSlices > patient.Slices || patient.Positive != patient.TumourSlices > 0)
        {
            throw new SpecException(
                $"{source} says that patient {id} has {patient.Slices} slices, {patient.TumourSlices} with tumour, positive: {patient.Positive}; "
                    + "that cannot be.");
        }

        if (!Digest.IsSha256(patient.Sha256))
        {
            throw new SpecException($"{source} has '{patient.Sha256}' as the SHA-256 of patient {id}; expected 64 lower-case hex digits.");
        }
    }
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Storage.Cohorts;

/// <summary>A cohort as files: <c>manifest.json</c> and the patient files it names.</summary>
internal static class CohortIntegrity
{
    /// <exception cref="SpecException">There is no manifest, or it is not one of a cohort.</exception>
    public static CohortManifest ReadManifest(string folder)
    {
        string path = CohortPlace.ManifestIn(folder);
        return ManifestRules.Read(File.ReadAllBytes(path), path);
    }

    /// <summary>Null when the bytes are what the manifest says, else what is wrong.</summary>
    public static string? Damage(CohortPatient patient, ReadOnlySpan<byte> data)
    {
        string digest = Digest.Of(data);
        return digest == patient.Sha256
            ? null
            : $"{patient.File} of patient {patient.Id} is damaged: its {data.Length} bytes have SHA-256 {digest}, the manifest says {patient.Sha256}";
    }

    /// <summary>Null when the folder holds the whole cohort, else what is wrong.</summary>
    public static string? Verify(string folder, string cohortDigest)
    {
        try
        {
            CohortManifest manifest = ReadManifest(folder);
            if (manifest.ComputeDigest() != cohortDigest)
            {
                return $"{folder} holds cohort {manifest.ComputeDigest()}, not {cohortDigest}";
            }

            foreach (CohortPatient patient in manifest.Patients)
            {
                if (Damage(patient, File.ReadAllBytes(Path.Combine(folder, patient.File))) is { } damage)
                {
                    return damage;
                }
            }

            return null;
        }
        catch (Exception e) when (e is SpecException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }
}

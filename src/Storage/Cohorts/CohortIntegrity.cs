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

    /// <summary>Null when the folder holds the whole cohort, else what is wrong with it.</summary>
    /// <exception cref="IOException">It cannot be read now, which is no damage; nor can it on <see cref="UnauthorizedAccessException"/>.</exception>
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
                if (Damage(folder, patient) is { } damage)
                {
                    return damage;
                }
            }

            return null;
        }
        catch (SpecException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether the folder holds the whole cohort and can be read. A copy of which either is false is made anew.</summary>
    public static bool IsWhole(string folder, string cohortDigest)
    {
        try
        {
            return Verify(folder, cohortDigest) is null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? Damage(string folder, CohortPatient patient)
    {
        try
        {
            return Damage(patient, File.ReadAllBytes(Path.Combine(folder, patient.File)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException
            && File.Exists(Path.Combine(folder, CohortManifest.FileName)))
        {
            // With the manifest gone too it is the file system that is away.
            return $"{patient.File} of patient {patient.Id} is missing";
        }
    }
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Cohorts;

/// <summary>Brings a cohort folder into the store.</summary>
public static class CohortTransfer
{
    /// <summary>
    /// Stores every patient file, each verified against the manifest as it is read, and the manifest last: a cohort whose manifest is
    /// there is complete. What an earlier, interrupted upload stored is not sent again.
    /// </summary>
    /// <returns>The cohort's digest.</returns>
    /// <exception cref="SpecException">The folder is not a cohort, or a patient file is missing or damaged.</exception>
    /// <exception cref="ArtifactStoreException">The store failed.</exception>
    public static async Task<string> UploadAsync(IArtifactStore store, string folder, CancellationToken cancellationToken = default)
    {
        CohortManifest manifest = CohortIntegrity.ReadManifest(folder);
        string digest = manifest.ComputeDigest();
        string prefix = ArtifactKeys.CohortPrefix(digest);
        var stored = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (ArtifactInfo info in store.ListAsync(prefix, cancellationToken))
        {
            stored.Add(info.Key, info.Bytes);
        }

        foreach (CohortPatient patient in manifest.Patients)
        {
            byte[] data = await ReadPatientAsync(folder, patient, cancellationToken);
            await StoreAsync(store, prefix + patient.File, data, stored, cancellationToken);
        }

        await StoreAsync(store, ArtifactKeys.CohortManifest(digest), CanonicalJson.Write(manifest), stored, cancellationToken);
        return digest;
    }

    private static async Task<byte[]> ReadPatientAsync(string folder, CohortPatient patient, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, patient.File);
        if (!File.Exists(path))
        {
            throw new SpecException($"{path} of patient {patient.Id} is missing; write the cohort again.");
        }

        byte[] data = await File.ReadAllBytesAsync(path, cancellationToken);
        return CohortIntegrity.Damage(patient, data) is { } damage ? throw new SpecException($"{folder}: {damage}. Write the cohort again.") : data;
    }

    private static async Task StoreAsync(
        IArtifactStore store, string key, byte[] data, Dictionary<string, long> stored, CancellationToken cancellationToken)
    {
        // The key holds the content's digest, so what is there is the same, unless its length shows damage.
        if (!stored.TryGetValue(key, out long bytes))
        {
            await store.TryCreateAsync(key, data, cancellationToken);
        }
        else if (bytes != data.Length)
        {
            await store.PutAsync(key, data, cancellationToken);
        }
    }
}

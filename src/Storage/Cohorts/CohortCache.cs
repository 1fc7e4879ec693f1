using System.Collections.Concurrent;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Cohorts;

/// <summary>
/// Cohorts of the store as complete local folders, each verified against its digest the first time this process asks and by its
/// files' sizes after that; a damaged one is fetched again. A cohort in a folder store is used where it is.
/// </summary>
public sealed class CohortCache(IArtifactStore store, string cacheRoot)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<Cached>>> _cohorts = new(StringComparer.Ordinal);
    private int _downloads;

    /// <summary>
    /// The cohort's folder, to be read only. Concurrent callers share one download; cancelling stops the wait, not the others' download.
    /// </summary>
    /// <exception cref="SpecException">The digest is none, the store has no such cohort, or what it holds is damaged.</exception>
    /// <exception cref="ArtifactStoreException">The store failed.</exception>
    public async Task<string> FolderAsync(string digest, CancellationToken cancellationToken = default)
    {
        if (!Digest.IsSha256(digest))
        {
            throw new SpecException($"'{digest}' is not a cohort digest; a digest is 64 lower-case hex digits.");
        }

        while (true)
        {
            Lazy<Task<Cached>> entry = _cohorts.GetOrAdd(digest, _ => new Lazy<Task<Cached>>(() => Task.Run(() => PrepareAsync(digest))));
            try
            {
                Cached cached = await entry.Value.WaitAsync(cancellationToken);
                if (cached.IsIntact)
                {
                    return cached.Folder;
                }
            }
            catch when (!entry.Value.IsCompletedSuccessfully && entry.Value.IsCompleted)
            {
                _cohorts.TryRemove(KeyValuePair.Create(digest, entry));
                throw;
            }

            // The folder was damaged after it was verified. It is forgotten, so that the next round fetches it again.
            _cohorts.TryRemove(KeyValuePair.Create(digest, entry));
        }
    }

    private async Task<Cached> PrepareAsync(string digest)
    {
        if (CohortScratch.Unwrapped(store) is FolderArtifactStore local)
        {
            string own = Path.Combine(local.Root, ArtifactKeys.CohortPrefix(digest).TrimEnd('/'));
            if (!await store.ExistsAsync(ArtifactKeys.CohortManifest(digest)))
            {
                throw Unknown(digest);
            }

            return Verify(local, own, digest) is { } damage ? throw Damaged(digest, damage) : Cached.Of(own);
        }

        string folder = Path.Combine(cacheRoot, digest);
        if (!CohortIntegrity.IsWhole(folder, digest))
        {
            await FetchAsync(digest, folder);
        }

        return Cached.Of(folder);
    }

    /// <exception cref="ArtifactStoreException">The store's disk or share failed, which is no damage: nothing must be deleted for it.</exception>
    private static string? Verify(FolderArtifactStore store, string folder, string digest)
    {
        try
        {
            return CohortIntegrity.Verify(folder, digest);
        }
        catch (Exception e) when (FolderFailure.Is(e))
        {
            throw FolderFailure.Of(e, $"read the cohort {digest}", store.Root);
        }
    }

    private async Task FetchAsync(string digest, string folder)
    {
        string temporary = Path.Combine(cacheRoot, ".tmp", $"{digest}-{Environment.ProcessId}-{Interlocked.Increment(ref _downloads)}");
        Directory.CreateDirectory(Path.GetDirectoryName(temporary)!);
        Leftovers.Remove(Path.GetDirectoryName(temporary)!, "*");
        Remove(temporary);
        Directory.CreateDirectory(temporary);
        try
        {
            await DownloadAsync(digest, temporary);
            Install(digest, temporary, folder);
        }
        finally
        {
            Remove(temporary);
        }
    }

    private async Task DownloadAsync(string digest, string temporary)
    {
        Artifact json = await store.GetAsync(ArtifactKeys.CohortManifest(digest)) ?? throw Unknown(digest);
        try
        {
            CohortManifest manifest = ManifestRules.Read(json.Data, ArtifactKeys.CohortManifest(digest));
            foreach (CohortPatient patient in manifest.Patients)
            {
                string key = ArtifactKeys.CohortFile(digest, patient.File);
                Artifact file = await store.GetAsync(key) ?? throw new SpecException($"{patient.File} of patient {patient.Id} is missing");
                if (CohortIntegrity.Damage(patient, file.Data) is { } damage)
                {
                    throw new SpecException(damage);
                }

                string path = Path.Combine(temporary, patient.File);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, file.Data);
            }

            await File.WriteAllBytesAsync(Path.Combine(temporary, CohortManifest.FileName), json.Data);
            if (manifest.ComputeDigest() != digest)
            {
                throw new SpecException($"its manifest is that of {manifest.ComputeDigest()}");
            }
        }
        catch (SpecException e)
        {
            throw Damaged(digest, e.Message);
        }
    }

    /// <summary>Two processes may share the cache: who comes second uses the first one's folder when it is whole.</summary>
    private static void Install(string digest, string temporary, string folder)
    {
        if (Directory.Exists(folder))
        {
            if (CohortIntegrity.IsWhole(folder, digest))
            {
                return;
            }

            Directory.Move(folder, temporary + ".damaged");
            Remove(temporary + ".damaged");
        }

        try
        {
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (CohortIntegrity.IsWhole(folder, digest))
        {
            // Another process was faster.
        }
    }

    private static void Remove(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static SpecException Unknown(string digest) =>
        new($"Cohort {digest} is not in the store. Check the digest, or store the cohort first; submitting a sweep with its folder does.");

    private static SpecException Damaged(string digest, string damage) =>
        new($"Cohort {digest} in the store is damaged: {damage}. Delete {ArtifactKeys.CohortPrefix(digest)} and store the cohort again.");

    /// <summary>A verified folder and the sizes its files had.</summary>
    private sealed record Cached(string Folder, IReadOnlyDictionary<string, long> Sizes)
    {
        public bool IsIntact => Sizes.All(file => new FileInfo(file.Key) is { Exists: true } info && info.Length == file.Value);

        public static Cached Of(string folder) =>
            new(
                folder,
                Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(path => path, path => new FileInfo(path).Length));
    }
}

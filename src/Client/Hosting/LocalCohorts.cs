using AdvSeg.Core;
using AdvSeg.Imaging;
using AdvSeg.Storage;

namespace AdvSeg.Client.Hosting;

/// <summary>Puts cohorts into this process's store.</summary>
internal sealed class LocalCohorts(IArtifactStore store, string scratch)
{
    /// <param name="source">Phantom, folder or digest.</param>
    /// <param name="progress">Told how many patients are ready.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <exception cref="SpecException">The source is no cohort.</exception>
    public async Task<CohortManifest> PrepareAsync(CohortSource source, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case StoredCohort stored:
                return await FindAsync(stored.CohortDigest, cancellationToken)
                    ?? throw new SpecException($"The store has no cohort {stored.CohortDigest}; submit it as a folder or a phantom first.");
            case FolderCohort folder:
                return await StoreAsync(folder.Path, Cohort.Load(folder.Path).Manifest, cancellationToken);
            case PhantomCohort phantom:
                return await RenderAsync(phantom, progress, cancellationToken);
            default:
                throw new SpecException($"'{source.GetType().Name}' is not a kind of cohort that can be prepared.");
        }
    }

    public async Task<CohortManifest?> FindAsync(string digest, CancellationToken cancellationToken)
    {
        string key = ArtifactKeys.CohortManifest(digest);
        return await store.GetAsync(key, cancellationToken) is { } artifact ? CanonicalJson.Read<CohortManifest>(artifact.Data, key) : null;
    }

    /// <summary>Rendered in a scratch folder of its own, so that a killed rendering leaves nothing that looks like a cohort.</summary>
    private async Task<CohortManifest> RenderAsync(PhantomCohort phantom, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(scratch, $"phantom-{Digest.OfJson<CohortSource>(phantom)[..16]}");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        try
        {
            CohortManifest manifest = await Task.Run(() => Phantom.RenderTo(folder, phantom, progress, cancellationToken), cancellationToken);
            return await StoreAsync(folder, manifest, cancellationToken);
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private async Task<CohortManifest> StoreAsync(string folder, CohortManifest manifest, CancellationToken cancellationToken)
    {
        await CohortTransfer.UploadAsync(store, folder, cancellationToken);
        return manifest;
    }
}

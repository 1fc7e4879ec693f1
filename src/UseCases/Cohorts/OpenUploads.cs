using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>
/// The uploads that have begun and are no cohorts yet. Each is a manifest in the store, so that another server and the next process know
/// what may be sent.
/// </summary>
public sealed class OpenUploads(IArtifactStore store, UploadLimits limits, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1);

    /// <summary>Begins an upload, or finds it; its time begins anew.</summary>
    /// <exception cref="SpecException">A file of the cohort would be too large.</exception>
    /// <exception cref="NotYetException">There are too many uploads, or they are too large together.</exception>
    public async Task OpenAsync(string digest, CohortManifest manifest, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (await FindAsync(digest, cancellationToken) is null)
            {
                await RequireRoomAsync(manifest, cancellationToken);
            }

            await store.PutAsync(ArtifactKeys.Upload(digest), CanonicalJson.Write(manifest), cancellationToken);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <exception cref="NotFoundException">No upload of this digest is open.</exception>
    public async Task<CohortManifest> GetAsync(string digest, CancellationToken cancellationToken) =>
        await FindAsync(digest, cancellationToken) ?? throw new NotFoundException(
            $"No upload of cohort {digest} is open: PUT its manifest to /api/v1/cohorts/{digest} first, then the files that it names.");

    public Task CloseAsync(string digest, CancellationToken cancellationToken) => store.DeleteAsync(ArtifactKeys.Upload(digest), cancellationToken);

    /// <summary>Removes uploads for which nothing was sent for a long time, with what was sent.</summary>
    /// <returns>Their digests.</returns>
    public async Task<IReadOnlyList<string>> RemoveExpiredAsync(CancellationToken cancellationToken)
    {
        List<string> removed = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Uploads, cancellationToken))
        {
            if (ArtifactKeys.CohortOfUpload(info.Key) is { } digest && await IsExpiredAsync(info, digest, cancellationToken))
            {
                await RemoveAsync(digest, cancellationToken);
                removed.Add(digest);
            }
        }

        return removed;
    }

    public void Dispose() => _opening.Dispose();

    /// <summary>One whose record cannot be read is none: beginning it again writes the record anew, and its files expire with it.</summary>
    private async Task<CohortManifest?> FindAsync(string digest, CancellationToken cancellationToken)
    {
        try
        {
            return await store.FindAsync(ArtifactKeys.Upload(digest), cancellationToken);
        }
        catch (DamagedException)
        {
            return null;
        }
    }

    private async Task RequireRoomAsync(CohortManifest manifest, CancellationToken cancellationToken)
    {
        int count = 0;
        long bytes = CohortFile.BytesOf(manifest);
        long most = (long)limits.Gibibytes << 30;
        if (bytes > most)
        {
            throw new SpecException(
                $"The cohort has {bytes} bytes; this server takes {most} (ADVSEG_Uploads__Gibibytes). Import it on the server's machine instead.");
        }

        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Uploads, cancellationToken))
        {
            CohortManifest? other = ArtifactKeys.CohortOfUpload(info.Key) is { } digest
                ? await FindAsync(digest, cancellationToken)
                : null;
            (count, bytes) = other is null ? (count, bytes) : (count + 1, bytes + CohortFile.BytesOf(other));
        }

        if (count >= limits.Open || bytes > most)
        {
            throw new NotYetException(
                $"{count} uploads are under way, and with this one they have {bytes} bytes; this server takes {limits.Open} uploads of {most} bytes "
                    + $"at a time and forgets those for which nothing was sent for {limits.Expiry.TotalHours:0.#} h. Try again later.");
        }
    }

    private async Task<bool> IsExpiredAsync(ArtifactInfo upload, string digest, CancellationToken cancellationToken)
    {
        DateTimeOffset latest = upload.Modified;
        await foreach (ArtifactInfo file in store.ListAsync(ArtifactKeys.CohortPrefix(digest), cancellationToken))
        {
            latest = file.Modified > latest ? file.Modified : latest;
        }

        return clock.GetUtcNow() - latest > limits.Expiry;
    }

    /// <summary>The files first: an upload that is only half removed is found again.</summary>
    private async Task RemoveAsync(string digest, CancellationToken cancellationToken)
    {
        if (!await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
        {
            await foreach (ArtifactInfo file in store.ListAsync(ArtifactKeys.CohortPrefix(digest), cancellationToken))
            {
                await store.DeleteAsync(file.Key, cancellationToken);
            }
        }

        await CloseAsync(digest, cancellationToken);
    }
}

using System.Runtime.CompilerServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
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

            await store.WriteAsync(ArtifactKeys.Upload(digest), manifest, cancellationToken);
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
        await foreach (ExpiredUpload upload in FindExpiredAsync(cancellationToken))
        {
            if (await RemoveIfExpiredAsync(upload.Digest, cancellationToken))
            {
                removed.Add(upload.Digest);
            }
        }

        return removed;
    }

    /// <summary>
    /// This server begins no upload between the look at it and its removal. Another server may begin or complete it, which is checked.
    /// </summary>
    private async Task<bool> RemoveIfExpiredAsync(string digest, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            Artifact? seen = await store.GetAsync(ArtifactKeys.Upload(digest), cancellationToken);
            ArtifactInfo? record = await store.ListAsync(ArtifactKeys.Upload(digest), cancellationToken).FirstOrDefaultAsync(cancellationToken);
            if (seen is null || record is null || await FindExpiredAsync(record, digest, cancellationToken) is not { } upload)
            {
                return false;
            }

            // The files first: an upload that is only half removed is found again.
            foreach (ArtifactInfo file in upload.Files)
            {
                if (await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken))
                {
                    return false;
                }

                await store.DeleteAsync(file.Key, cancellationToken);
            }

            return await store.TryDeleteAsync(upload.Record.Key, seen.ETag, cancellationToken);
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Uploads for which nothing was sent for a long time.</summary>
    public async IAsyncEnumerable<ExpiredUpload> FindExpiredAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Uploads, cancellationToken))
        {
            if (ArtifactKeys.CohortOfUpload(info.Key) is { } digest && await FindExpiredAsync(info, digest, cancellationToken) is { } upload)
            {
                yield return upload;
            }
        }
    }

    public void Dispose() => _opening.Dispose();

    /// <summary>
    /// The upload's manifest. A record that cannot be read counts as none: beginning the upload again writes it anew, and its files expire with it.
    /// </summary>
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

    /// <summary>Null while somebody may go on with it. A cohort that is complete keeps its files.</summary>
    private async Task<ExpiredUpload?> FindExpiredAsync(ArtifactInfo upload, string digest, CancellationToken cancellationToken)
    {
        List<ArtifactInfo> files = await store.ListAsync(ArtifactKeys.CohortPrefix(digest), cancellationToken).ToListAsync(cancellationToken);
        return clock.GetUtcNow() - files.Append(upload).Max(f => f.Modified) <= limits.Expiry ? null
            : new ExpiredUpload(digest, upload, await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken) ? [] : files);
    }
}

/// <summary>An upload that nobody goes on with.</summary>
/// <param name="Digest">Its cohort.</param>
/// <param name="Record">The record that it was begun.</param>
/// <param name="Files">What was sent.</param>
public sealed record ExpiredUpload(string Digest, ArtifactInfo Record, IReadOnlyList<ArtifactInfo> Files);

using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// A submission that this server prepares. Every write renews the hold, and shows whether the submission is another's by now, or nobody's.
/// </summary>
internal sealed class HeldSubmission(IArtifactStore store, ArtifactKey<PendingSweep> key, PendingSweep record, string etag) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);
    private PendingSweep _record = record;
    private string _etag = etag;

    public PendingSweep Record => _record;

    /// <returns>False when the record was deleted, marked or taken since it was last written.</returns>
    public async Task<bool> WriteAsync(Func<PendingSweep, PendingSweep> change, CancellationToken cancellationToken = default)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            PendingSweep next = change(_record) with { Renewals = _record.Renewals + 1 };
            if (await ReplaceAsync(CanonicalJson.Write(next), cancellationToken) is not { } written)
            {
                return false;
            }

            (_record, _etag) = (next, written);
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Deletes the record, unless it is another's by now.</summary>
    public async Task DeleteAsync()
    {
        await _writing.WaitAsync();
        try
        {
            string etag = _etag;
            while (!await store.TryDeleteAsync(key, etag) && await store.GetAsync(key) is { } there && IsOwn(there))
            {
                etag = there.ETag;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    /// <returns>Null when what is there is not this server's.</returns>
    private async Task<string?> ReplaceAsync(byte[] data, CancellationToken cancellationToken)
    {
        string etag = _etag;
        while (true)
        {
            if (await store.TryReplaceAsync(key, data, etag, cancellationToken) is { } written)
            {
                return written;
            }

            if (await store.GetAsync(key, cancellationToken) is not { } there)
            {
                return null;
            }

            // The answer to an earlier try may have been lost; nobody else writes these bytes, which name the holder and count.
            if (there.Data.AsSpan().SequenceEqual(data))
            {
                return there.ETag;
            }

            if (!IsOwn(there))
            {
                return null;
            }

            etag = there.ETag;
        }
    }

    /// <summary>
    /// Whether the record is what an earlier write left whose answer was lost. It then counts one more renewal than this server knows; a record with
    /// another count is a later submission's.
    /// </summary>
    private bool IsOwn(Artifact there)
    {
        try
        {
            PendingSweep stored = StoredJson.Read<PendingSweep>(there.Data, key);
            return stored.Holder == _record.Holder && stored.Stage is (PendingStage.Preparing or PendingStage.Starting)
                && stored.Renewals == _record.Renewals + 1;
        }
        catch (DamagedException)
        {
            return false;
        }
    }
}

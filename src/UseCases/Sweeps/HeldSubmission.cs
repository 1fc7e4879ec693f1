using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>A submission that this server prepares: every write says so, and finds out when it is another's by now, or nobody's.</summary>
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
            byte[] data = CanonicalJson.Write(next);
            if ((await store.TryReplaceAsync(key, data, _etag, cancellationToken) ?? await OwnAsync(data, cancellationToken)) is not { } written)
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

    public Task DeleteAsync() => store.DeleteAsync(key);

    public void Dispose() => _writing.Dispose();

    /// <summary>The answer to an earlier try may have been lost; nobody else writes these bytes, which name the holder and count.</summary>
    private async Task<string?> OwnAsync(byte[] data, CancellationToken cancellationToken) =>
        await store.GetAsync(key, cancellationToken) is { } there && there.Data.AsSpan().SequenceEqual(data) ? there.ETag : null;
}

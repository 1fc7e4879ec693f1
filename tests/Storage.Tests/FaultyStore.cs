using AdvSeg.Core;

namespace AdvSeg.Storage.Tests;

/// <summary>A real store whose calls fail as told: before they are carried out, or after, when only the answer is lost.</summary>
public sealed class FaultyStore(IArtifactStore inner) : IArtifactStore
{
    private int _failures;
    private bool _afterwards;
    private bool _isTransient;

    public int Calls { get; private set; }

    /// <summary>The next listing that comes this far fails there, once.</summary>
    public int? ListingBreaksAfter { get; set; }

    public void FailNext(int calls, bool afterwards = false, bool isTransient = true) => (_failures, _afterwards, _isTransient) = (calls, afterwards, isTransient);

    public Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default) => CallAsync(() => inner.GetAsync(key, cancellationToken));

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) => CallAsync(() => inner.OpenReadAsync(key, cancellationToken));

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) => CallAsync(() => inner.ExistsAsync(key, cancellationToken));

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        CallAsync(() => inner.TryCreateAsync(key, data, cancellationToken));

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        CallAsync(() => inner.TryReplaceAsync(key, data, etag, cancellationToken));

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        CallAsync(() => inner.PutAsync(key, data, cancellationToken));

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => CallAsync(async () =>
    {
        await inner.DeleteAsync(key, cancellationToken);
        return true;
    });

    public async IAsyncEnumerable<ArtifactInfo> ListAsync(
        string prefix, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        int given = 0;
        await foreach (ArtifactInfo info in inner.ListAsync(prefix, cancellationToken))
        {
            if (given++ == ListingBreaksAfter)
            {
                ListingBreaksAfter = null;
                throw new ArtifactStoreException("the listing broke", isTransient: true);
            }

            yield return info;
        }
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        Calls++;
        bool fails = _failures > 0;
        _failures--;
        if (fails && !_afterwards)
        {
            throw new ArtifactStoreException("the request was lost", _isTransient);
        }

        T answer = await call();
        return fails ? throw new ArtifactStoreException("the answer was lost", _isTransient) : answer;
    }
}

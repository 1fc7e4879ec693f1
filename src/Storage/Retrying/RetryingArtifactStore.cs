using System.Runtime.CompilerServices;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Retrying;

/// <summary>
/// A store that is asked again after transient failures (<see cref="ArtifactStoreException.IsTransient"/>). The answer of a failed
/// write may have been lost on its way back, which a retry takes into account:
/// <list type="bullet">
/// <item>a create that then finds its own bytes under the key counts as its own. Creators whose bytes can be equal and who must know
/// which of them won have to put something of their own into them;</item>
/// <item>a replace that then finds another version is refused, even when its own bytes are there: two counters that both wrote "5"
/// must not both have counted. The caller reads again, as after every refusal;</item>
/// <item>a delete of one version that then finds none, or another, is refused: its own first try or somebody else has deleted it, and what
/// was created since stays.</item>
/// </list>
/// Of <see cref="OpenReadAsync"/> only the opening is retried.
/// </summary>
public sealed class RetryingArtifactStore(IArtifactStore inner, RetryPolicy policy, TimeProvider clock) : IArtifactStore
{
    private readonly ulong _seed = RetryPolicy.SeedOfThisProcess(clock);
    private uint _calls;

    public IArtifactStore Inner => inner;

    public Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        RetryAsync(_ => inner.GetAsync(key, cancellationToken), cancellationToken);

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) =>
        RetryAsync(_ => inner.OpenReadAsync(key, cancellationToken), cancellationToken);

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) =>
        RetryAsync(_ => inner.ExistsAsync(key, cancellationToken), cancellationToken);

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        RetryAsync(
            async isRetry =>
                await inner.TryCreateAsync(key, data, cancellationToken) ?? (isRetry ? await OwnAsync(key, data, cancellationToken) : null),
            cancellationToken);

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        RetryAsync(_ => inner.TryReplaceAsync(key, data, etag, cancellationToken), cancellationToken);

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        RetryAsync(_ => inner.PutAsync(key, data, cancellationToken), cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) =>
        RetryAsync(
            async _ =>
            {
                await inner.DeleteAsync(key, cancellationToken);
                return true;
            },
            cancellationToken);

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) =>
        RetryAsync(_ => inner.TryDeleteAsync(key, etag, cancellationToken), cancellationToken);

    /// <summary>After a failure the listing goes on behind the last key it gave; the order of keys makes that possible.</summary>
    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IAsyncEnumerator<ArtifactInfo>? listing = null;
        string? last = null;
        try
        {
            while (await RetryAsync(NextAsync, cancellationToken))
            {
                last = listing!.Current.Key;
                yield return listing.Current;
            }
        }
        finally
        {
            await EndAsync();
        }

        async Task<bool> NextAsync(bool isRetry)
        {
            if (isRetry)
            {
                await EndAsync();
            }

            listing ??= inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await listing.MoveNextAsync())
            {
                if (last is null || string.CompareOrdinal(listing.Current.Key, last) > 0)
                {
                    return true;
                }
            }

            return false;
        }

        async Task EndAsync()
        {
            if (listing is not null)
            {
                await listing.DisposeAsync();
                listing = null;
            }
        }
    }

    private async Task<string?> OwnAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        await inner.GetAsync(key, cancellationToken) is { } there && there.Data.AsSpan().SequenceEqual(data.Span) ? there.ETag : null;

    private async Task<T> RetryAsync<T>(Func<bool, Task<T>> attempt, CancellationToken cancellationToken)
    {
        uint call = Interlocked.Increment(ref _calls);
        for (int failures = 0; ;)
        {
            try
            {
                return await attempt(failures > 0);
            }
            catch (ArtifactStoreException e) when (e.IsTransient && failures + 1 < (policy.MaxAttempts ?? int.MaxValue))
            {
                failures++;
            }

            await Task.Delay(policy.Delay(failures, _seed, call), clock, cancellationToken);
        }
    }
}

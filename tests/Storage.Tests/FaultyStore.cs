using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Tests;

public enum CallFault
{
    None,

    /// <summary>Nothing is carried out: the service was busy, away, or too slow to be waited for.</summary>
    RequestLost,

    /// <summary>The call is carried out, and the caller is told that it failed.</summary>
    AnswerLost,

    /// <summary>Nothing is carried out, now or later.</summary>
    Refused,
}

/// <summary>One call of a store, counted from 1.</summary>
public sealed record StoreCall(int Number, string Action, string Key, ReadOnlyMemory<byte> Data = default)
{
    public bool IsWrite => Action is "create" or "replace" or "put" or "delete";
}

/// <summary>A real store whose calls fail as a rule says, and which remembers what was carried out.</summary>
public sealed class FaultyStore(IArtifactStore inner) : IArtifactStore
{
    private readonly ConcurrentQueue<StoreCall> _done = new();
    private int _calls;

    public int Calls => _calls;

    /// <summary>What befalls a call. It may wait first, which holds the call back.</summary>
    public Func<StoreCall, Task<CallFault>> Rule { get; set; } = _ => Task.FromResult(CallFault.None);

    /// <summary>The calls that reached the inner store and came back, in that order.</summary>
    public IReadOnlyCollection<StoreCall> Done => _done;

    /// <summary>The next listing that comes this far fails there, once.</summary>
    public int? ListingBreaksAfter { get; set; }

    public void FailNext(int calls, CallFault fault = CallFault.RequestLost)
    {
        int left = calls;
        Rule = _ => Task.FromResult(Interlocked.Decrement(ref left) >= 0 ? fault : CallFault.None);
    }

    public Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        CallAsync("get", key, default, () => inner.GetAsync(key, cancellationToken));

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) =>
        CallAsync("open", key, default, () => inner.OpenReadAsync(key, cancellationToken));

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) =>
        CallAsync("exists", key, default, () => inner.ExistsAsync(key, cancellationToken));

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        CallAsync("create", key, data, () => inner.TryCreateAsync(key, data, cancellationToken));

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        CallAsync("replace", key, data, () => inner.TryReplaceAsync(key, data, etag, cancellationToken));

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        CallAsync("put", key, data, () => inner.PutAsync(key, data, cancellationToken));

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => CallAsync("delete", key, default, async () =>
    {
        await inner.DeleteAsync(key, cancellationToken);
        return true;
    });

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) =>
        CallAsync("delete", key, default, () => inner.TryDeleteAsync(key, etag, cancellationToken));

    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await CallAsync("list", prefix, default, () => Task.FromResult(true));
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

    private async Task<T> CallAsync<T>(string action, string key, ReadOnlyMemory<byte> data, Func<Task<T>> call)
    {
        var asked = new StoreCall(Interlocked.Increment(ref _calls), action, key, data);
        CallFault fault = await Rule(asked);
        if (fault is CallFault.RequestLost or CallFault.Refused)
        {
            throw fault == CallFault.Refused
                ? new ArtifactStoreException($"Cannot {action} '{key}': the service refuses access.", isTransient: false)
                : new ArtifactStoreException($"Cannot {action} '{key}': the service is busy.", isTransient: true);
        }

        T answer = await call();
        _done.Enqueue(asked);
        return fault == CallFault.AnswerLost
            ? throw new ArtifactStoreException($"Cannot {action} '{key}': the connection broke.", isTransient: true)
            : answer;
    }
}

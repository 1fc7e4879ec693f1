using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// The store as a worker's attempts may use it: every write waits until the lease is known to be fresh. It belongs inside the retries,
/// because a write that is tried again after minutes must be fenced again; and it logs every failure, because retries without an end would never
/// report one.
/// </summary>
internal sealed partial class FencedStore(IArtifactStore inner, RenewalFence fence, Action fenced, ILogger logger) : IArtifactStore
{
    public Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default) =>
        SayAsync("read", key, () => inner.GetAsync(key, cancellationToken));

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) =>
        SayAsync("open", key, () => inner.OpenReadAsync(key, cancellationToken));

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) =>
        SayAsync("look for", key, () => inner.ExistsAsync(key, cancellationToken));

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        WriteAsync("create", key, () => inner.TryCreateAsync(key, data, cancellationToken), cancellationToken);

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        WriteAsync("replace", key, () => inner.TryReplaceAsync(key, data, etag, cancellationToken), cancellationToken);

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        WriteAsync("write", key, () => inner.PutAsync(key, data, cancellationToken), cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => WriteAsync(
        "delete",
        key,
        async () =>
        {
            await inner.DeleteAsync(key, cancellationToken);
            return true;
        },
        cancellationToken);

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) =>
        WriteAsync("delete", key, () => inner.TryDeleteAsync(key, etag, cancellationToken), cancellationToken);

    public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellationToken = default) =>
        inner.ListAsync(prefix, cancellationToken);

    private async Task<T> WriteAsync<T>(string action, string key, Func<Task<T>> call, CancellationToken abandoned)
    {
        if (!fence.IsFresh)
        {
            fenced();
            LogWaits(logger, action, key);
            await fence.WhenFreshAsync(abandoned);
            LogGoesOn(logger, action, key);
        }

        return await SayAsync(action, key, call);
    }

    private async Task<T> SayAsync<T>(string action, string key, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (ArtifactStoreException e) when (e.IsTransient)
        {
            LogRetried(logger, action, key, e.Message);
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The scheduler has not answered for a lease's time to live; it waits to {Action} {Key}")]
    private static partial void LogWaits(ILogger logger, string action, string key);

    [LoggerMessage(Level = LogLevel.Information, Message = "The scheduler has answered; it goes on to {Action} {Key}")]
    private static partial void LogGoesOn(ILogger logger, string action, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "It tries again to {Action} {Key}: {Reason}")]
    private static partial void LogRetried(ILogger logger, string action, string key, string reason);
}

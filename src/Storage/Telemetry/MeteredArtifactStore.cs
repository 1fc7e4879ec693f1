using System.Runtime.CompilerServices;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Telemetry;

/// <summary>A store whose calls are timed and whose failures are counted. It belongs inside the retries, so that each try is seen.</summary>
public sealed class MeteredArtifactStore(IArtifactStore inner, StoreMetrics metrics, TimeProvider clock) : IArtifactStore
{
    public IArtifactStore Inner => inner;

    public async Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        Artifact? artifact = await MeterAsync("get", () => inner.GetAsync(key, cancellationToken));
        metrics.Read(artifact?.Data.Length ?? 0);
        return artifact;
    }

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) =>
        MeterAsync("open", () => inner.OpenReadAsync(key, cancellationToken));

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) =>
        MeterAsync("exists", () => inner.ExistsAsync(key, cancellationToken));

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        WriteAsync("create", data, () => inner.TryCreateAsync(key, data, cancellationToken));

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        WriteAsync("replace", data, () => inner.TryReplaceAsync(key, data, etag, cancellationToken));

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        WriteAsync("put", data, () => inner.PutAsync(key, data, cancellationToken));

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => MeterAsync("delete", async () =>
    {
        await inner.DeleteAsync(key, cancellationToken);
        return true;
    });

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) =>
        MeterAsync("delete", () => inner.TryDeleteAsync(key, etag, cancellationToken));

    /// <summary>A listing counts once, with the time that the store took and none of the reader's.</summary>
    public async IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using IAsyncEnumerator<ArtifactInfo> listing = inner.ListAsync(prefix, cancellationToken).GetAsyncEnumerator(cancellationToken);
        TimeSpan took = TimeSpan.Zero;
        try
        {
            while (await NextAsync())
            {
                yield return listing.Current;
            }
        }
        finally
        {
            metrics.Called("list", took);
        }

        async Task<bool> NextAsync()
        {
            long began = clock.GetTimestamp();
            try
            {
                return await CountFailureAsync("list", () => listing.MoveNextAsync().AsTask());
            }
            finally
            {
                took += clock.GetElapsedTime(began);
            }
        }
    }

    private async Task<T> WriteAsync<T>(string operation, ReadOnlyMemory<byte> data, Func<Task<T>> call)
    {
        T etag = await MeterAsync(operation, call);
        metrics.Wrote(etag is null ? 0 : data.Length);
        return etag;
    }

    private async Task<T> MeterAsync<T>(string operation, Func<Task<T>> call)
    {
        long began = clock.GetTimestamp();
        try
        {
            return await CountFailureAsync(operation, call);
        }
        finally
        {
            metrics.Called(operation, clock.GetElapsedTime(began));
        }
    }

    private async Task<T> CountFailureAsync<T>(string operation, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            metrics.Failed(operation, e is ArtifactStoreException { IsTransient: true });
            throw;
        }
    }
}

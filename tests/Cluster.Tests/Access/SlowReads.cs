using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>A store of which one read takes as long as a test wants, and some fail.</summary>
internal sealed class SlowReads(IArtifactStore inner) : IArtifactStore
{
    private readonly TaskCompletionSource _together = new();
    private int _atOnce;

    /// <summary>The next read is held, after it has been carried out.</summary>
    public bool Holds { get; set; }

    /// <summary>Only reads of keys that begin so are held, or fail.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>How many of the next reads fail.</summary>
    public int Failing { get; set; }

    /// <summary>How many there were.</summary>
    public int Reads { get; private set; }

    /// <summary>How many there were of the keys of the prefix.</summary>
    public int ReadsOf { get; private set; }

    /// <summary>Reads of the prefix are held until there are so many of them at once.</summary>
    public int Together { get; set; }

    /// <summary>The most of them that there were at once.</summary>
    public int MostAtOnce { get; private set; }

    public TaskCompletionSource Read { get; } = new();

    public TaskCompletionSource GoOn { get; } = new();

    public async Task<Artifact?> GetAsync(string key, CancellationToken cancellationToken = default)
    {
        Reads++;
        bool isOf = key.StartsWith(Prefix, StringComparison.Ordinal);
        ReadsOf += isOf ? 1 : 0;
        if (Failing > 0 && isOf)
        {
            Failing--;
            throw new ArtifactStoreException("the store does not answer");
        }

        Artifact? found = await inner.GetAsync(key, cancellationToken);
        if (Together > 0 && isOf)
        {
            await HoldAsync(cancellationToken);
        }

        if (Holds && isOf)
        {
            Holds = false;
            Read.SetResult();
            await GoOn.Task.WaitAsync(cancellationToken);
        }

        return found;
    }

    private async Task HoldAsync(CancellationToken cancellationToken)
    {
        lock (_together)
        {
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            if (MostAtOnce >= Together)
            {
                _together.TrySetResult();
            }
        }

        await _together.Task.WaitAsync(cancellationToken);
        Interlocked.Decrement(ref _atOnce);
    }

    public Task<Stream?> OpenReadAsync(string key, CancellationToken cancellationToken = default) => inner.OpenReadAsync(key, cancellationToken);

    public Task<bool> ExistsAsync(string key, CancellationToken cancellationToken = default) => inner.ExistsAsync(key, cancellationToken);

    public Task<string?> TryCreateAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        inner.TryCreateAsync(key, data, cancellationToken);

    public Task<string?> TryReplaceAsync(string key, ReadOnlyMemory<byte> data, string etag, CancellationToken cancellationToken = default) =>
        inner.TryReplaceAsync(key, data, etag, cancellationToken);

    public Task<string> PutAsync(string key, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        inner.PutAsync(key, data, cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken = default) => inner.DeleteAsync(key, cancellationToken);

    public Task<bool> TryDeleteAsync(string key, string etag, CancellationToken cancellationToken = default) =>
        inner.TryDeleteAsync(key, etag, cancellationToken);

    public IAsyncEnumerable<ArtifactInfo> ListAsync(string prefix, CancellationToken cancellationToken = default) =>
        inner.ListAsync(prefix, cancellationToken);
}

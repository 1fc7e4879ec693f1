using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Folder;

/// <summary>Whether writes go through, as long as some do not.</summary>
internal sealed class WriteFaults(TimeProvider clock)
{
    /// <summary>Its own key may never be written again: what failed counts no more when others succeed and none has failed for so long.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private StoreFault? _fault;
    private DateTimeOffset _failedAt;

    /// <summary>The oldest write that failed and has not succeeded since; null while every write goes through.</summary>
    public StoreFault? Now
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    public async Task<T> TrackAsync<T>(string key, Task<T> write)
    {
        try
        {
            T result = await write;
            lock (_lock)
            {
                if (_fault is { } fault && (fault.Key == key || clock.GetUtcNow() - _failedAt > Lasts))
                {
                    _fault = null;
                }
            }

            return result;
        }
        catch (ArtifactStoreException e)
        {
            lock (_lock)
            {
                _failedAt = clock.GetUtcNow();
                _fault ??= new StoreFault(key, e.Message, _failedAt);
            }

            throw;
        }
    }
}

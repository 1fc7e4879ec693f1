using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Folder;

/// <summary>Remembers the oldest write that failed and has not succeeded since.</summary>
internal sealed class WriteFaults(TimeProvider clock)
{
    /// <summary>A failure is forgotten when another write succeeds and none has failed for so long: its own key may never be written again.</summary>
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

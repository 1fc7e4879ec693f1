using System.Collections.Concurrent;
using AdvSeg.Core.Errors;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Reads the parts of a page. One that cannot be read is left out and named, and the others are shown.</summary>
internal sealed class Readable
{
    private readonly ConcurrentQueue<string> _damage = [];

    /// <summary>A sentence for each part that could not be read.</summary>
    public IReadOnlyList<string> Damage => [.. _damage.Distinct()];

    public async Task<T?> OrNullAsync<T>(Func<Task<T?>> read)
        where T : class
    {
        try
        {
            return await read();
        }
        catch (Exception e) when (DamagedException.In(e) is { } damage)
        {
            _damage.Enqueue(damage.Message);
            return null;
        }
    }
}

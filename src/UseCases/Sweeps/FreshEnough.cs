using System.Collections.Concurrent;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// Keeps computed values. A value is computed again when its version has changed, but while versions keep changing at most a fifth of
/// the time is spent on computing it, whoever asks and how often.
/// </summary>
public sealed class FreshEnough<T>(TimeProvider clock)
    where T : class
{
    private const int Kept = 32;
    private const int RestPerCost = 4;
    private readonly ConcurrentDictionary<string, Entry> _entries = new();

    /// <param name="key">What is computed.</param>
    /// <param name="version">Of what it is computed from.</param>
    /// <param name="final">The version will not change again: an older value is not good enough.</param>
    /// <param name="compute">Called by one caller at a time.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<T> GetAsync(
        string key, string version, bool final, Func<CancellationToken, Task<T>> compute, CancellationToken cancellationToken)
    {
        Entry entry = _entries.GetOrAdd(key, _ => new Entry());
        if (IsGood(entry, version, final) is { } known)
        {
            return known;
        }

        await entry.Gate.WaitAsync(cancellationToken);
        try
        {
            if (IsGood(entry, version, final) is { } meanwhile)
            {
                return meanwhile;
            }

            long start = clock.GetTimestamp();
            T value = await compute(cancellationToken);
            entry.Latest = new Computed(value, version, clock.GetTimestamp(), clock.GetElapsedTime(start));
            Trim();
            return value;
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private T? IsGood(Entry entry, string version, bool final) =>
        entry.Latest is { } latest && (latest.Version == version || (!final && clock.GetElapsedTime(latest.At) < RestPerCost * latest.Cost))
            ? latest.Value
            : null;

    private void Trim()
    {
        foreach (string old in _entries.OrderByDescending(e => e.Value.Latest?.At ?? long.MaxValue).Skip(Kept).Select(e => e.Key))
        {
            _entries.TryRemove(old, out _);
        }
    }

    private sealed record Computed(T Value, string Version, long At, TimeSpan Cost);

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public Computed? Latest { get; set; }
    }
}

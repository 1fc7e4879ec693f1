using System.Collections.Concurrent;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>Sweeps that could not be read. Each is looked at again after a time that doubles as long as it stays so.</summary>
internal sealed class DamagedSweeps(TimeProvider clock)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<string, (SweepStatus Row, long At, TimeSpan Wait)> _known = new();

    /// <summary>The row of a sweep that need not be looked at again now; null when it is to be looked at.</summary>
    public SweepStatus? Find(string sweep) =>
        _known.TryGetValue(sweep, out var known) && clock.GetElapsedTime(known.At) < known.Wait ? known.Row : null;

    /// <returns>The row that says so.</returns>
    public SweepStatus Note(string sweep, string damage)
    {
        TimeSpan wait = _known.TryGetValue(sweep, out var known) ? TimeSpan.FromTicks(Math.Min(2 * known.Wait.Ticks, Longest.Ticks)) : First;
        SweepStatus row = SweepStatus.OfDamaged(sweep, damage);
        _known[sweep] = (row, clock.GetTimestamp(), wait);
        return row;
    }

    /// <summary>Every sweep that could not be read when it was last looked at, in ordinal order.</summary>
    public IReadOnlyList<SweepStatus> All => [.. _known.Values.Select(k => k.Row).OrderBy(r => r.Sweep, StringComparer.Ordinal)];

    public void Forget(string sweep) => _known.TryRemove(sweep, out _);
}

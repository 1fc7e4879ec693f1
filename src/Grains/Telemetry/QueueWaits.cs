using AdvSeg.Core.Scheduling;

namespace AdvSeg.Grains.Telemetry;

/// <summary>Since when each run of a sweep waits for its first lease; memory only.</summary>
internal sealed class QueueWaits
{
    private readonly Dictionary<string, List<(IndexRange Range, DateTimeOffset Since)>> _sweeps = [];

    /// <summary>Notes what a sweep wants, which it tells again and again. A run that it wanted before keeps its time.</summary>
    public void Wanted(string sweep, IEnumerable<IndexRange> ranges, DateTimeOffset now)
    {
        if (!_sweeps.TryGetValue(sweep, out var known))
        {
            _sweeps[sweep] = known = [];
        }

        known.AddRange(
            from range in ranges.Where(r => r.Count > 0).ToList()
            where SinceOf(sweep, range.Start) is null || SinceOf(sweep, range.Start + range.Count - 1) is null
            select (range, now));
    }

    public void Forget(string sweep) => _sweeps.Remove(sweep);

    /// <summary>How long a run has waited for this lease, or null when that is not known.</summary>
    public TimeSpan? Of(Lease lease)
    {
        Waiter first = lease.Waiters[0];
        DateTimeOffset? since = lease.History.Attempts is [.., var last] ? last.Ended : SinceOf(first.Sweep, first.Index);
        return lease.Granted - since;
    }

    private DateTimeOffset? SinceOf(string sweep, int index)
    {
        foreach ((IndexRange range, DateTimeOffset since) in _sweeps.GetValueOrDefault(sweep) ?? [])
        {
            if (index >= range.Start && index < range.Start + range.Count)
            {
                return since;
            }
        }

        return null;
    }
}

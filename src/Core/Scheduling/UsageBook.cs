namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Who has used how much: the time that attempts hold worker slots, split evenly over the owners that wait for the run at the time.
/// </summary>
/// <remarks>
/// What is running is summed as attempts start and stop, in whole ticks, so that an owner's usage costs the same however many attempts
/// run, and years of starting and stopping leave no rounding behind.
/// </remarks>
/// <param name="stored">What was charged before this scheduler's activation.</param>
/// <param name="origin">A moment from which ticks are counted.</param>
internal sealed class UsageBook(IEnumerable<OwnerUsage> stored, DateTimeOffset origin)
{
    private readonly Dictionary<string, double> _charged = stored.ToDictionary(u => u.Owner, u => u.Seconds);
    private readonly Dictionary<long, Meter> _meters = [];
    private readonly Dictionary<string, SortedDictionary<int, Running>> _running = [];

    /// <summary>What has been charged, by owner.</summary>
    public IReadOnlyList<OwnerUsage> Charged =>
        [.. _charged.OrderBy(u => u.Key, StringComparer.Ordinal).Select(u => new OwnerUsage(u.Key, u.Value))];

    /// <summary>What an owner has used up to now, running attempts included.</summary>
    public TimeSpan UsedBy(string owner, DateTimeOffset now)
    {
        double seconds = _charged.GetValueOrDefault(owner);
        if (_running.TryGetValue(owner, out SortedDictionary<int, Running>? shares))
        {
            foreach ((int owners, Running share) in shares)
            {
                long ticks = (share.Attempts * (now - origin).Ticks) - share.Since;
                seconds += Math.Max(0, ticks) / (double)TimeSpan.TicksPerSecond / owners;
            }
        }

        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>From this moment on the attempt of a token is used by these owners, and by nobody else.</summary>
    public void Set(long token, IReadOnlyList<string> owners, DateTimeOffset since)
    {
        Remove(token);
        var meter = new Meter(owners, since);
        _meters.Add(token, meter);
        Sum(meter, 1);
    }

    /// <summary>Charges an attempt up to now, and goes on from there.</summary>
    public void Charge(long token, DateTimeOffset now)
    {
        Meter meter = _meters[token];
        foreach (string owner in meter.Owners)
        {
            double seconds = Math.Max(0, (now - meter.Since).TotalSeconds);
            _charged[owner] = _charged.GetValueOrDefault(owner) + (seconds / meter.Owners.Count);
        }

        Set(token, meter.Owners, now);
    }

    /// <summary>The attempt is over. What it used since it was last charged is forgotten.</summary>
    public void Remove(long token)
    {
        if (_meters.Remove(token, out Meter? meter))
        {
            Sum(meter, -1);
        }
    }

    private void Sum(Meter meter, int sign)
    {
        foreach (string owner in meter.Owners)
        {
            if (!_running.TryGetValue(owner, out SortedDictionary<int, Running>? shares))
            {
                _running[owner] = shares = [];
            }

            Running share = shares.GetValueOrDefault(meter.Owners.Count);
            shares[meter.Owners.Count] = new Running(share.Attempts + sign, share.Since + (sign * (meter.Since - origin).Ticks));
        }
    }

    /// <summary>An attempt's owners, and up to when they have been charged.</summary>
    private sealed record Meter(IReadOnlyList<string> Owners, DateTimeOffset Since);

    /// <summary>Attempts that an owner shares with equally many others: how many, and the sum of the ticks from the origin to their Since.</summary>
    private readonly record struct Running(int Attempts, long Since);
}

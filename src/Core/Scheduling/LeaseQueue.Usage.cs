namespace AdvSeg.Core.Scheduling;

/// <summary>Who has used how much: the time that attempts hold worker slots, split evenly over the owners that wait for the run at the time.</summary>
public sealed partial class LeaseQueue
{
    /// <summary>What an owner has used up to now, running attempts included.</summary>
    public TimeSpan UsedBy(string owner, DateTimeOffset now)
    {
        double seconds = _usage.GetValueOrDefault(owner);
        foreach (Lease lease in _leases.Values)
        {
            IReadOnlyList<string> owners = OwnersOf(lease);
            if (owners.Contains(owner))
            {
                seconds += Uncharged(lease, now) / owners.Count;
            }
        }

        return TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Charges running attempts up to now, so that little is forgotten when this activation is lost.</summary>
    public void ChargeRunning(DateTimeOffset now)
    {
        foreach (Lease lease in _leases.Values.ToList())
        {
            _leases[lease.Token] = Charge(lease, now);
        }
    }

    private bool IsAtLimit(string owner, DateTimeOffset now) => _policy.LimitOf(owner) is { } limit && UsedBy(owner, now) >= limit;

    /// <summary>Called whenever the owners of a lease change, and at its end.</summary>
    private Lease Charge(Lease lease, DateTimeOffset now)
    {
        IReadOnlyList<string> owners = OwnersOf(lease);
        foreach (string owner in owners)
        {
            _usage[owner] = _usage.GetValueOrDefault(owner) + (Uncharged(lease, now) / owners.Count);
        }

        return lease with { Charged = now };
    }

    private static double Uncharged(Lease lease, DateTimeOffset now) => Math.Max(0, (now - (lease.Charged ?? lease.Granted)).TotalSeconds);

    private IReadOnlyList<string> OwnersOf(Lease lease) =>
        [.. lease.Waiters.Select(w => _sweeps.GetValueOrDefault(w.Sweep)?.Owner).OfType<string>().Distinct()];
}

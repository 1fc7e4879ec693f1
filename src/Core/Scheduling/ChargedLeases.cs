namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Applies each change of a lease to the book, to the owners' usage and to the counts of running attempts together, so that none of them is ever
/// behind.
/// </summary>
internal sealed class ChargedLeases
{
    private readonly LeaseBook _book;
    private readonly SweepBook _sweeps;
    private readonly UsageBook _usage;
    private readonly RunningCounts _running;

    public ChargedLeases(LeaseBook book, SweepBook sweeps, UsageBook usage, RunningCounts running)
    {
        _book = book;
        _sweeps = sweeps;
        _usage = usage;
        _running = running;
        foreach (Lease lease in book.Leases)
        {
            Count(lease);
        }
    }

    public Lease Grant(string run, string worker, long sequence, Waiter waiter, RunHistory history, DateTimeOffset now)
    {
        Lease lease = _book.Grant(run, worker, sequence, waiter, history, now);
        Count(lease);
        return lease;
    }

    public void Join(Lease lease, Waiter waiter, DateTimeOffset now) => SetWaiters(lease, [.. lease.Waiters, waiter], now);

    /// <summary>Takes waiters off their leases; the last one of a lease revokes it.</summary>
    public void Leave(Func<Waiter, bool> leaves, DateTimeOffset now)
    {
        foreach (Lease lease in _book.Leases.Where(l => l.Waiters.Any(leaves)).ToList())
        {
            IReadOnlyList<Waiter> others = [.. lease.Waiters.Where(w => !leaves(w))];
            if (others.Count == 0)
            {
                End(lease, now);
            }
            else
            {
                SetWaiters(lease, others, now);
            }
        }
    }

    /// <summary>Ends a lease: its slot time is charged, and its token is worth nothing from now on.</summary>
    public void End(Lease lease, DateTimeOffset now)
    {
        _usage.Charge(lease.Token, now);
        _usage.Remove(lease.Token);
        _running.Remove(lease.Token);
        _book.End(lease);
    }

    public void Charge(DateTimeOffset now)
    {
        foreach (Lease lease in _book.Leases.ToList())
        {
            _usage.Charge(lease.Token, now);
            _book.Put(lease with { Charged = now });
        }
    }

    /// <summary>Charges the attempt up to now to those who waited; from now on it is for these waiters.</summary>
    private void SetWaiters(Lease lease, IReadOnlyList<Waiter> waiters, DateTimeOffset now)
    {
        _usage.Charge(lease.Token, now);
        Lease changed = lease with { Waiters = waiters, Charged = now };
        _book.Put(changed);
        Count(changed);
    }

    private void Count(Lease lease)
    {
        IReadOnlyList<Claim> claims = _sweeps.ClaimsOf(lease.Waiters);
        _running.Set(lease.Token, claims);
        _usage.Set(lease.Token, [.. claims.Select(c => c.Owner).Distinct()], lease.Charged ?? lease.Granted);
    }
}

namespace AdvSeg.Core.Scheduling;

/// <summary>How sweeps enter, change and leave. Every change may be repeated: a repeat changes nothing.</summary>
public sealed partial class LeaseQueue
{
    /// <summary>Adds a sweep with its first ranges. A sweep that is already there is left as it is.</summary>
    public void Add(string sweep, string owner, int priority, string numerics, params IEnumerable<IndexRange> ranges)
    {
        if (!_sweeps.ContainsKey(sweep))
        {
            _sweeps[sweep] = new() { Sweep = sweep, Owner = owner, Priority = priority, Numerics = numerics, Order = _nextOrder++, Ranges = [.. ranges] };
        }
    }

    /// <summary>Adds indices to a sweep, last in its order; those that are there already are not added again.</summary>
    public void Extend(string sweep, IEnumerable<IndexRange> ranges)
    {
        SweepQueue queue = _sweeps[sweep];
        foreach (IndexRange range in ranges)
        {
            queue = queue with { Ranges = [.. queue.Ranges, .. queue.Missing(range)] };
        }

        Put(queue);
    }

    /// <summary>
    /// Forgets a sweep: finished or cancelled. Leases that no other sweep waits for are revoked: their next renewal tells the worker to
    /// abandon them. Settlements that only this sweep waited for are dropped.
    /// </summary>
    public void Remove(string sweep, DateTimeOffset now)
    {
        foreach (Lease lease in _leases.Values.ToList())
        {
            Leave(lease, w => w.Sweep == sweep, now);
        }

        foreach (Settlement settlement in _outbox.ToList())
        {
            Acknowledge(settlement.Run, settlement.Token, sweep);
        }

        _sweeps.Remove(sweep);
    }

    /// <summary>A paused sweep is granted nothing; its running attempts are asked to checkpoint and let go unless another sweep waits too.</summary>
    public void SetPaused(string sweep, bool paused)
    {
        if (_sweeps.TryGetValue(sweep, out SweepQueue? queue))
        {
            _sweeps[sweep] = queue with { Paused = paused };
        }
    }

    /// <summary>Replaces the set of a sweep's paused runs: each is treated as if it alone were a paused sweep.</summary>
    public void Hold(string sweep, IEnumerable<int> indices)
    {
        if (_sweeps.TryGetValue(sweep, out SweepQueue? queue))
        {
            Put(queue with { Held = [.. indices.Distinct().Order()] });
        }
    }

    /// <summary>A sweep no longer wants these runs. An attempt that no other sweep waits for is revoked.</summary>
    public void Withdraw(string sweep, IReadOnlyCollection<int> indices, DateTimeOffset now)
    {
        if (!_sweeps.TryGetValue(sweep, out SweepQueue? queue))
        {
            return;
        }

        foreach (Lease lease in _leases.Values.ToList())
        {
            Leave(lease, w => w.Sweep == sweep && indices.Contains(w.Index), now);
        }

        foreach (Settlement settlement in _outbox.Where(s => s.Waiters.Any(w => w.Sweep == sweep && indices.Contains(w.Index))).ToList())
        {
            Acknowledge(settlement.Run, settlement.Token, sweep);
        }

        IEnumerable<int> ahead = indices.Where(i => queue.PositionOf(i) >= queue.Cursor && !queue.Withdrawn.Contains(i));
        Put(queue with { Requeued = [.. queue.Requeued.Where(r => !indices.Contains(r.Index))], Withdrawn = [.. queue.Withdrawn, .. ahead] });
    }

    /// <summary>A sweep wants these settled runs again, from a clean slate: earlier failures and losses do not count.</summary>
    public void Requeue(string sweep, IEnumerable<int> indices)
    {
        SweepQueue queue = _sweeps[sweep];
        HashSet<int> waiting = [.. queue.Requeued.Select(r => r.Index)];
        waiting.UnionWith(_leases.Values.SelectMany(l => l.Waiters).Where(w => w.Sweep == sweep).Select(w => w.Index));
        List<int> again = [.. indices.Distinct().Order().Where(i => !waiting.Contains(i))];
        foreach (Settlement settlement in _outbox.Where(s => s.Waiters.Any(w => w.Sweep == sweep && again.Contains(w.Index))).ToList())
        {
            Acknowledge(settlement.Run, settlement.Token, sweep);
        }

        IEnumerable<RequeuedRun> behind = again.Where(queue.IsHandedOut).Select(i => new RequeuedRun(i, null, RunHistory.None));
        Put(queue with { Requeued = [.. queue.Requeued, .. behind], Withdrawn = [.. queue.Withdrawn.Except(again)] });
        Extend(sweep, again.ToRanges());
    }

    /// <summary>Takes waiters off a lease; the last one revokes it.</summary>
    private void Leave(Lease lease, Func<Waiter, bool> leaves, DateTimeOffset now)
    {
        IReadOnlyList<Waiter> others = [.. lease.Waiters.Where(w => !leaves(w))];
        if (others.Count == 0)
        {
            Drop(lease, now);
        }
        else if (others.Count < lease.Waiters.Count)
        {
            _leases[lease.Token] = Charge(lease, now) with { Waiters = others };
        }
    }
}

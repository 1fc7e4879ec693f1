namespace AdvSeg.Core;

/// <summary>
/// Who trains what: the scheduler's decisions, without time, storage or messages of its own. Changes are in memory; the host stores
/// <see cref="Snapshot"/> before anybody is told. Order: priority, then the owner with fewest running, then the sweep with fewest
/// running, then first in, first out. A run is leased at most once at a time, whoever and how many sweeps wait for it.
/// </summary>
public sealed partial class LeaseQueue
{
    private const int AttemptsRemembered = 20;

    private readonly Func<string, int, string> _runOf;
    private readonly LeasePolicy _policy;
    private readonly Dictionary<string, SweepQueue> _sweeps;
    private readonly Dictionary<long, Lease> _leases;
    private readonly Dictionary<string, long> _tokenOfRun;
    private readonly Dictionary<long, DateTimeOffset> _renewed = [];
    private readonly List<Settlement> _outbox;
    private readonly long _epoch;
    private long _nextToken;
    private long _nextOrder;

    /// <param name="snapshot">The stored state; the activation that read it has claimed it.</param>
    /// <param name="runOf">Run id of a sweep's plan index.</param>
    /// <param name="policy">Time limits and retry counts.</param>
    /// <param name="now">Every stored lease is given one fresh term from here: renewals are never stored.</param>
    public LeaseQueue(QueueSnapshot snapshot, Func<string, int, string> runOf, LeasePolicy policy, DateTimeOffset now)
    {
        _runOf = runOf;
        _policy = policy;
        _epoch = snapshot.Epoch;
        _nextToken = snapshot.NextToken;
        _nextOrder = snapshot.NextOrder;
        _sweeps = snapshot.Sweeps.ToDictionary(s => s.Sweep);
        _leases = snapshot.Leases.ToDictionary(l => l.Token);
        _tokenOfRun = snapshot.Leases.ToDictionary(l => l.Run, l => l.Token);
        _outbox = [.. snapshot.Outbox];
        foreach (long token in _leases.Keys)
        {
            _renewed[token] = now;
        }
    }

    public IReadOnlyCollection<Lease> Leases => _leases.Values;

    public IReadOnlyList<Settlement> Outbox => _outbox;

    public IReadOnlyCollection<SweepQueue> Sweeps => _sweeps.Values;

    public QueueSnapshot Snapshot() => new()
    {
        Epoch = _epoch,
        NextToken = _nextToken,
        NextOrder = _nextOrder,
        Sweeps = [.. _sweeps.Values.OrderBy(s => s.Order)],
        Leases = [.. _leases.Values.OrderBy(l => l.Token)],
        Outbox = [.. _outbox],
    };

    /// <summary>Adds a sweep with its first range. A sweep that is already there is left as it is.</summary>
    public void Add(string sweep, string owner, int priority, string numerics, IndexRange range)
    {
        if (!_sweeps.ContainsKey(sweep))
        {
            _sweeps[sweep] = new() { Sweep = sweep, Owner = owner, Priority = priority, Numerics = numerics, Order = _nextOrder++, Ranges = [range] };
        }
    }

    /// <summary>Adds ranges to a sweep; a range that is already there is not added again.</summary>
    public void Extend(string sweep, IEnumerable<IndexRange> ranges)
    {
        SweepQueue queue = _sweeps[sweep];
        _sweeps[sweep] = queue with { Ranges = [.. queue.Ranges, .. ranges.Where(r => !queue.Ranges.Any(q => q.Start == r.Start))] };
    }

    /// <summary>
    /// Forgets a sweep: finished or cancelled. Leases that no other sweep waits for are revoked: their next renewal tells the worker to
    /// abandon them. Settlements that only this sweep waited for are dropped.
    /// </summary>
    public void Remove(string sweep, DateTimeOffset now)
    {
        _sweeps.Remove(sweep);
        foreach (Lease lease in _leases.Values.Where(l => l.Waiters.Any(w => w.Sweep == sweep)).ToList())
        {
            IReadOnlyList<Waiter> others = Without(lease.Waiters, sweep);
            if (others.Count == 0)
            {
                Drop(lease);
            }
            else
            {
                _leases[lease.Token] = lease with { Waiters = others };
            }
        }

        for (int i = _outbox.Count - 1; i >= 0; i--)
        {
            Acknowledge(_outbox[i].Run, sweep);
        }
    }

    /// <summary>A paused sweep is granted nothing; its running attempts are asked to checkpoint and let go unless another sweep waits too.</summary>
    public void SetPaused(string sweep, bool paused)
    {
        if (_sweeps.TryGetValue(sweep, out SweepQueue? queue))
        {
            _sweeps[sweep] = queue with { Paused = paused };
        }
    }

    /// <summary>
    /// Grants the next run to a worker, or returns null when there is none for it now. Runs that are leased already gain a waiter on the
    /// way.
    /// </summary>
    public Lease? Grant(string worker, long sequence, string numerics, DateTimeOffset now)
    {
        while (NextSweep(numerics, now) is { } queue)
        {
            (int index, RunHistory history) = Take(queue, now);
            string run = _runOf(queue.Sweep, index);
            var waiter = new Waiter(queue.Sweep, index);
            if (_tokenOfRun.TryGetValue(run, out long held))
            {
                Lease other = _leases[held];
                _leases[held] = other with { Waiters = [.. other.Waiters, waiter] };
                continue;
            }

            var lease = new Lease
            {
                Token = _nextToken++,
                Run = run,
                Worker = worker,
                Sequence = sequence,
                Granted = now,
                Waiters = [waiter],
                History = history,
            };
            _leases[lease.Token] = lease;
            _tokenOfRun[run] = lease.Token;
            _renewed[lease.Token] = now;
            return lease;
        }

        return null;
    }

    /// <summary>Which of a sweep's runs are not settled.</summary>
    public OpenRuns OpenRunsOf(string sweep) => new()
    {
        Queue = _sweeps.GetValueOrDefault(sweep),
        Leases = [.. from lease in _leases.Values from w in lease.Waiters where w.Sweep == sweep select new OpenLease(w.Index, lease.Token, lease.Worker)],
        Settling = [.. from s in _outbox from w in s.Waiters where w.Sweep == sweep select w.Index],
    };

    private SweepQueue? NextSweep(string numerics, DateTimeOffset now)
    {
        List<SweepQueue> ready = [.. _sweeps.Values.Where(s => !s.Paused && s.Numerics == numerics && HasReady(s, now))];
        if (ready.Count < 2)
        {
            return ready.FirstOrDefault();
        }

        Dictionary<string, int> bySweep = [];
        Dictionary<string, int> byOwner = [];
        foreach (Waiter waiter in _leases.Values.SelectMany(l => l.Waiters))
        {
            if (_sweeps.TryGetValue(waiter.Sweep, out SweepQueue? queue))
            {
                bySweep[queue.Sweep] = bySweep.GetValueOrDefault(queue.Sweep) + 1;
                byOwner[queue.Owner] = byOwner.GetValueOrDefault(queue.Owner) + 1;
            }
        }

        return ready
            .OrderByDescending(s => s.Priority)
            .ThenBy(s => byOwner.GetValueOrDefault(s.Owner))
            .ThenBy(s => bySweep.GetValueOrDefault(s.Sweep))
            .ThenBy(s => s.Order)
            .First();
    }

    private static bool HasReady(SweepQueue queue, DateTimeOffset now) =>
        queue.Cursor < queue.Ranges.Sum(r => r.Count) || queue.Requeued.Any(r => r.RetryAt is null || r.RetryAt <= now);

    private (int Index, RunHistory History) Take(SweepQueue queue, DateTimeOffset now)
    {
        for (int i = 0; i < queue.Requeued.Count; i++)
        {
            RequeuedRun again = queue.Requeued[i];
            if (again.RetryAt is null || again.RetryAt <= now)
            {
                _sweeps[queue.Sweep] = queue with { Requeued = [.. queue.Requeued.Where((_, at) => at != i)] };
                return (again.Index, again.History);
            }
        }

        int skip = queue.Cursor;
        foreach (IndexRange range in queue.Ranges)
        {
            if (skip < range.Count)
            {
                _sweeps[queue.Sweep] = queue with { Cursor = queue.Cursor + 1 };
                return (range.Start + skip, RunHistory.None);
            }

            skip -= range.Count;
        }

        throw new InvalidOperationException($"sweep {queue.Sweep} has nothing ready");
    }

    private void Drop(Lease lease)
    {
        _leases.Remove(lease.Token);
        _tokenOfRun.Remove(lease.Run);
        _renewed.Remove(lease.Token);
    }

    private static IReadOnlyList<Waiter> Without(IReadOnlyList<Waiter> waiters, string sweep) => [.. waiters.Where(w => w.Sweep != sweep)];
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

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
    private readonly Dictionary<string, double> _usage;
    private readonly WorkerLosses _losses;
    private readonly List<Settlement> _outbox;
    private readonly long _epoch;
    private long _nextToken;
    private long _nextOrder;

    /// <param name="snapshot">The stored state; the activation that read it has claimed it.</param>
    /// <param name="runOf">Run id of a sweep's plan index.</param>
    /// <param name="policy">Time limits, retry counts and owners' limits.</param>
    /// <param name="now">
    /// Every stored lease is given one fresh term from here, because renewals are never stored, and is charged from here: nobody knows
    /// for how much of the time before it was trained.
    /// </param>
    /// <exception cref="SpecException">The snapshot was written by a newer version.</exception>
    public LeaseQueue(QueueSnapshot snapshot, Func<string, int, string> runOf, LeasePolicy policy, DateTimeOffset now)
    {
        if (snapshot.FormatVersion > QueueSnapshot.CurrentFormat)
        {
            throw new SpecException(
                $"the scheduler's state has format {snapshot.FormatVersion}; this version reads up to {QueueSnapshot.CurrentFormat}. Start the version that wrote it.");
        }

        _runOf = runOf;
        _policy = policy;
        _epoch = snapshot.Epoch;
        _nextToken = snapshot.NextToken;
        _nextOrder = snapshot.NextOrder;
        _sweeps = snapshot.Sweeps.ToDictionary(s => s.Sweep);
        _leases = snapshot.Leases.ToDictionary(l => l.Token, l => l with { Charged = now });
        _tokenOfRun = snapshot.Leases.ToDictionary(l => l.Run, l => l.Token);
        _losses = new WorkerLosses(snapshot.WorkersLost, policy.TimeToLive);
        _usage = snapshot.Usage.ToDictionary(u => u.Owner, u => u.Seconds);
        _outbox = [.. snapshot.Outbox.Select(WithToken)];
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
        WorkersLost = _losses.Count,
        Sweeps = [.. _sweeps.Values.OrderBy(s => s.Order)],
        Leases = [.. _leases.Values.OrderBy(l => l.Token)],
        Outbox = [.. _outbox],
        Usage = [.. _usage.OrderBy(u => u.Key, StringComparer.Ordinal).Select(u => new OwnerUsage(u.Key, u.Value))],
    };

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
                Lease other = Charge(_leases[held], now);
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
        Settling = [.. from s in _outbox from w in s.Waiters where w.Sweep == sweep select new OpenSettlement(w.Index, s.Token)],
    };

    /// <summary>Format 1 did not store the token of a settlement; a failure names it.</summary>
    private static Settlement WithToken(Settlement settlement) =>
        settlement is { Token: 0, Outcome: RunOutcome.Failed failed } ? settlement with { Token = failed.Attempt } : settlement;

    private SweepQueue? NextSweep(string numerics, DateTimeOffset now)
    {
        List<SweepQueue> ready = ReadyFor(numerics, now);
        return ready.Count < 2 ? ready.FirstOrDefault() : InOrder(ready).First();
    }

    /// <summary>Sweeps that would be granted a run now if a slot of these numerics were free.</summary>
    private List<SweepQueue> ReadyFor(string numerics, DateTimeOffset now) =>
        [.. _sweeps.Values.Where(s => !s.Paused && s.Numerics == numerics && HasReady(s, now) && !IsAtLimit(s.Owner, now))];

    private IEnumerable<SweepQueue> InOrder(List<SweepQueue> ready)
    {
        (Dictionary<string, int> byOwner, Dictionary<string, int> bySweep) = Running();
        return ready
            .OrderByDescending(s => s.Priority)
            .ThenBy(s => byOwner.GetValueOrDefault(s.Owner))
            .ThenBy(s => bySweep.GetValueOrDefault(s.Sweep))
            .ThenBy(s => s.Order);
    }

    /// <summary>Running runs that each owner and each sweep waits for; a shared run counts for every one of them.</summary>
    private (Dictionary<string, int> ByOwner, Dictionary<string, int> BySweep) Running()
    {
        Dictionary<string, int> byOwner = [];
        Dictionary<string, int> bySweep = [];
        foreach (Waiter waiter in _leases.Values.SelectMany(l => l.Waiters))
        {
            if (_sweeps.TryGetValue(waiter.Sweep, out SweepQueue? queue))
            {
                bySweep[queue.Sweep] = bySweep.GetValueOrDefault(queue.Sweep) + 1;
                byOwner[queue.Owner] = byOwner.GetValueOrDefault(queue.Owner) + 1;
            }
        }

        return (byOwner, bySweep);
    }

    private static bool HasReady(SweepQueue queue, DateTimeOffset now) => queue.Cursor < queue.Total() || queue.Requeued.Any(r => IsReady(queue, r, now));

    private static bool IsReady(SweepQueue queue, RequeuedRun run, DateTimeOffset now) =>
        (run.RetryAt is null || run.RetryAt <= now) && !queue.Held.Contains(run.Index);

    private (int Index, RunHistory History) Take(SweepQueue queue, DateTimeOffset now)
    {
        if (queue.Requeued.FirstOrDefault(r => IsReady(queue, r, now)) is { } again)
        {
            Put(queue with { Requeued = [.. queue.Requeued.Where(r => r != again)] });
            return (again.Index, again.History);
        }

        int index = queue.At(queue.Cursor);
        Put(queue with { Cursor = queue.Cursor + 1 });
        return (index, RunHistory.None);
    }

    /// <summary>Keeps a changed queue. The cursor never stands on a run that is not to be granted: it passes over the cancelled, and leaves the paused behind it.</summary>
    private void Put(SweepQueue queue)
    {
        int total = queue.Total();
        while (queue.Cursor < total && queue.At(queue.Cursor) is var index && (queue.Withdrawn.Contains(index) || queue.Held.Contains(index)))
        {
            queue = queue.Withdrawn.Contains(index)
                ? queue with { Cursor = queue.Cursor + 1, Withdrawn = [.. queue.Withdrawn.Where(w => w != index)] }
                : queue with { Cursor = queue.Cursor + 1, Requeued = [.. queue.Requeued, new RequeuedRun(index, null, RunHistory.None)] };
        }

        _sweeps[queue.Sweep] = queue;
    }

    /// <summary>Ends a lease: its slot time is charged, its token is worth nothing from now on.</summary>
    private void Drop(Lease lease, DateTimeOffset now)
    {
        Charge(lease, now);
        _leases.Remove(lease.Token);
        _tokenOfRun.Remove(lease.Run);
        _renewed.Remove(lease.Token);
    }
}

namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Who holds which run: leases by token and by run, when each was renewed, and the next token. A run has at most one lease, and a token
/// that is not here is worth nothing.
/// </summary>
internal sealed class LeaseBook
{
    private readonly Dictionary<long, Lease> _leases;
    private readonly Dictionary<string, long> _tokenOfRun;
    private readonly Dictionary<long, DateTimeOffset> _renewed;
    private readonly Dictionary<string, SortedSet<long>> _tokensOfWorker = [];

    /// <param name="leases">The stored leases. Renewals are never stored, so each has one fresh term from <paramref name="now"/>.</param>
    /// <param name="nextToken">The token of the next lease.</param>
    /// <param name="now">The moment.</param>
    public LeaseBook(IEnumerable<Lease> leases, long nextToken, DateTimeOffset now)
    {
        _leases = leases.ToDictionary(l => l.Token);
        _tokenOfRun = _leases.Values.ToDictionary(l => l.Run, l => l.Token);
        _renewed = _leases.Keys.ToDictionary(token => token, _ => now);
        NextToken = nextToken;
        foreach (Lease lease in _leases.Values)
        {
            TokensOf(lease.Worker).Add(lease.Token);
        }
    }

    /// <summary>Tokens only rise, over the whole life of a cluster.</summary>
    public long NextToken { get; private set; }

    public IReadOnlyCollection<Lease> Leases => _leases.Values;

    public Lease? Find(long token) => _leases.GetValueOrDefault(token);

    public Lease? OfRun(string run) => _tokenOfRun.TryGetValue(run, out long token) ? _leases[token] : null;

    /// <summary>Plan indices of a sweep's runs that have a lease.</summary>
    public IEnumerable<int> IndicesOf(string sweep) => _leases.Values.SelectMany(l => l.Waiters).Where(w => w.Sweep == sweep).Select(w => w.Index);

    /// <summary>A lease of a run that has none, under the next token.</summary>
    public Lease Grant(string run, string worker, long sequence, Waiter waiter, RunHistory history, DateTimeOffset now)
    {
        var lease = new Lease
        {
            Token = NextToken++,
            Run = run,
            Worker = worker,
            Sequence = sequence,
            Granted = now,
            Waiters = [waiter],
            History = history,
        };
        _leases.Add(lease.Token, lease);
        _tokenOfRun.Add(run, lease.Token);
        _renewed.Add(lease.Token, now);
        TokensOf(worker).Add(lease.Token);
        return lease;
    }

    /// <summary>Replaces a lease of the book: its waiters, its history or what is charged for it has changed.</summary>
    public void Put(Lease lease) => _leases[lease.Token] = lease;

    /// <summary>Notes that the worker of a lease in the book still holds it. A new checkpoint wipes out the losses before it.</summary>
    public void Renew(RenewedToken renewed, DateTimeOffset now)
    {
        _renewed[renewed.Token] = now;
        Lease lease = _leases[renewed.Token];
        if (renewed.CheckpointStep > lease.History.CheckpointStep)
        {
            Put(lease with { History = lease.History with { CheckpointStep = renewed.CheckpointStep, Losses = 0 } });
        }
    }

    public void End(Lease lease)
    {
        _leases.Remove(lease.Token);
        _tokenOfRun.Remove(lease.Run);
        _renewed.Remove(lease.Token);
        SortedSet<long> tokens = TokensOf(lease.Worker);
        tokens.Remove(lease.Token);
        if (tokens.Count == 0)
        {
            // A worker has a new name after each start, so entries that stayed would grow without end.
            _tokensOfWorker.Remove(lease.Worker);
        }
    }

    /// <summary>Leases granted for earlier calls of a worker, which it does not hold: the grants never arrived.</summary>
    public IReadOnlyList<Lease> NeverArrived(string worker, long sequence, IReadOnlySet<long> held) =>
        _tokensOfWorker.TryGetValue(worker, out SortedSet<long>? tokens)
            ? [.. tokens.Where(t => !held.Contains(t)).Select(t => _leases[t]).Where(l => l.Sequence < sequence)]
            : [];

    /// <summary>
    /// Leases whose worker is dead, unknown and silent, or silent for longer than the time to live. Liveness is asked for once per worker.
    /// </summary>
    public IReadOnlyList<LostLease> Expired(Func<string, WorkerLiveness> liveness, LeasePolicy policy, DateTimeOffset now)
    {
        List<LostLease> expired = [];
        Dictionary<string, WorkerLiveness> alive = _tokensOfWorker.Keys.ToDictionary(w => w, liveness);
        foreach (Lease lease in _leases.Values)
        {
            WorkerLiveness worker = alive[lease.Worker];
            if (WhyLost(worker, now - _renewed[lease.Token], policy) is { } why)
            {
                expired.Add(new LostLease(lease.Token, why, worker != WorkerLiveness.Unknown));
            }
        }

        return expired;
    }

    private static string? WhyLost(WorkerLiveness worker, TimeSpan silent, LeasePolicy policy) => worker switch
    {
        WorkerLiveness.Dead => "the worker died",
        WorkerLiveness.Unknown when silent > policy.UnknownWorkerGrace => "the worker left the cluster",
        WorkerLiveness.Unknown or WorkerLiveness.Alive =>
            silent > policy.TimeToLive ? $"the worker did not renew for {policy.TimeToLive.TotalSeconds:0.#} s" : null,
    };

    private SortedSet<long> TokensOf(string worker)
    {
        if (!_tokensOfWorker.TryGetValue(worker, out SortedSet<long>? tokens))
        {
            _tokensOfWorker[worker] = tokens = [];
        }

        return tokens;
    }
}

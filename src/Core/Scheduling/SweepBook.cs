namespace AdvSeg.Core.Scheduling;

/// <summary>The sweeps in the queue, by id.</summary>
internal sealed class SweepBook(IEnumerable<SweepQueue> stored, long nextOrder)
{
    private readonly Dictionary<string, SweepQueue> _sweeps = stored.ToDictionary(s => s.Sweep);

    /// <summary>The next place in first-in-first-out order.</summary>
    public long NextOrder { get; private set; } = nextOrder;

    public IReadOnlyCollection<SweepQueue> Sweeps => _sweeps.Values;

    public SweepQueue? Find(string sweep) => _sweeps.GetValueOrDefault(sweep);

    /// <summary>A sweep that has been added.</summary>
    public SweepQueue this[string sweep] => _sweeps[sweep];

    /// <summary>Adds a sweep, last in order. One that is already there is left as it is.</summary>
    public void Add(string sweep, string owner, int priority, string numerics, IEnumerable<IndexRange> ranges)
    {
        if (!_sweeps.ContainsKey(sweep))
        {
            Put(new() { Sweep = sweep, Owner = owner, Priority = priority, Numerics = numerics, Order = NextOrder++, Ranges = [.. ranges] });
        }
    }

    public void Put(SweepQueue queue) => _sweeps[queue.Sweep] = queue;

    /// <summary>Changes a sweep that is here; does nothing where it is not.</summary>
    public void Change(string sweep, Func<SweepQueue, SweepQueue> change)
    {
        if (Find(sweep) is { } queue)
        {
            Put(change(queue));
        }
    }

    public void Remove(string sweep) => _sweeps.Remove(sweep);

    /// <summary>Sweeps that have a run which a slot of these numerics and this canary could train now; null: of any canary.</summary>
    public IEnumerable<SweepQueue> Ready(string numerics, string? canary, DateTimeOffset now) => _sweeps.Values.Where(
        s => !s.Paused && s.Numerics == numerics && (canary is null || s.Canary is null || s.Canary == canary) && s.HasReady(now));

    /// <summary>Counts that the runs of these waiters had a result before their sweeps asked.</summary>
    public void CountReused(IEnumerable<Waiter> waiters)
    {
        foreach (Waiter waiter in waiters)
        {
            Change(waiter.Sweep, queue => queue with { Reused = queue.Reused + 1 });
        }
    }

    /// <summary>A run waits again in every sweep that waits for it, at once or from a time on.</summary>
    public void Requeue(IEnumerable<Waiter> waiters, DateTimeOffset? retryAt, RunHistory history)
    {
        foreach (Waiter waiter in waiters)
        {
            Change(waiter.Sweep, queue => queue with { Requeued = [.. queue.Requeued, new RequeuedRun(waiter.Index, retryAt, history)] });
        }
    }

    /// <summary>The waiter does not want the attempt to go on: its sweep, or the run in it, is paused.</summary>
    public bool IsPaused(Waiter waiter) => Find(waiter.Sweep) is not { } queue || queue.Paused || queue.Held.Contains(waiter.Index);

    /// <summary>The waiters with their owners. A waiter whose sweep is gone has none.</summary>
    public IReadOnlyList<Claim> ClaimsOf(IEnumerable<Waiter> waiters) =>
        [.. from waiter in waiters let queue = Find(waiter.Sweep) where queue is not null select new Claim(queue.Sweep, queue.Owner)];
}

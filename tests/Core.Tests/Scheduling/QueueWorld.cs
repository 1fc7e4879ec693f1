using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

internal enum Act
{
    Grant, Complete, Fail, Release, Lose, Renew, Expire, Reconcile, Deliver, Redeliver, Pause, Resume, PauseRun, ResumeRun, CancelRun, RetryRun,
    Extend, Remove, Reopen, Restart, Wait,
}

/// <summary>
/// Three sweeps of two owners around one queue, with what sweep grains do to it. Six runs each; runs 0 and 1 are shared by all. After each
/// act the promises of the queue are checked against bookkeeping of its own.
/// </summary>
internal sealed class QueueWorld
{
    public const int Runs = 6;
    private static readonly FailureClass[] Failures = Enum.GetValues<FailureClass>();
    private static readonly WorkerLiveness[] Livenesses = Enum.GetValues<WorkerLiveness>();
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly HashSet<string> _results = [];
    private readonly HashSet<string> _removed = [];
    private readonly List<Settlement> _sent = [];
    private readonly QueueBooks _books = new();
    private readonly int[] _priorities;
    private readonly LeasePolicy _policy;
    private LeaseQueue _queue;
    private DateTimeOffset _now = Start;
    private long _lastToken;
    private long _sequence;

    /// <param name="variety">Draws the sweeps' priorities and whether ann is limited.</param>
    public QueueWorld(int variety)
    {
        _priorities = [variety % 2, variety / 2 % 2, variety / 4 % 2];
        _policy = new LeasePolicy { Limits = variety / 8 % 2 == 0 ? [] : [new OwnerLimit("ann", 100 / 3600.0)] };
        _queue = new LeaseQueue(new QueueSnapshot(), RunOf, _policy, _now);
        foreach (string sweep in Names)
        {
            Add(sweep, [new IndexRange(0, Runs - 2)]);
        }
    }

    public static string[] Names { get; } = ["a", "b", "c"];

    public void Play(IEnumerable<(Act Act, int Pick)> history)
    {
        foreach ((Act act, int pick) in history)
        {
            Do(act, pick);
            _books.Check(_queue, _now);
        }
    }

    /// <summary>Nothing is paused or limited any more, and workers are healthy: every run that is wanted is settled.</summary>
    public void RunToTheEnd()
    {
        _queue = new LeaseQueue(Reread(_queue.Snapshot()), RunOf, new LeasePolicy(), _now);
        foreach (string sweep in Names.Except(_removed))
        {
            _queue.SetPaused(sweep, false);
            _queue.Hold(sweep, []);
            _queue.Extend(sweep, [new IndexRange(0, Runs)]);
        }

        _now += TimeSpan.FromHours(1);
        while (_queue.Grant("w", ++_sequence, "cpu", _now) is { } lease)
        {
            _queue.Complete(lease.Run, foundBeforeTraining: false, _now);
        }

        foreach (Lease lease in _queue.Leases.ToList())
        {
            _queue.Complete(lease.Run, foundBeforeTraining: false, _now);
        }

        while (_queue.Outbox.Count > 0)
        {
            Receive(_queue.Outbox[0]);
        }

        foreach (string sweep in Names.Except(_removed))
        {
            Assert.All(
                Enumerable.Range(0, Runs),
                i => Assert.True(_books.Recorded.ContainsKey((sweep, i)) || _books.Cancelled.Contains((sweep, i)), $"{sweep}{i} is settled"));
        }
    }

    public static string RunOf(string sweep, int index) => index < 2 ? $"shared{index}" : $"{sweep}{index}";

    public static string OwnerOf(string sweep) => sweep == "b" ? "bob" : "ann";

    private static QueueSnapshot Reread(QueueSnapshot snapshot) => CanonicalJson.Read<QueueSnapshot>(CanonicalJson.Write(snapshot), "snapshot");

    private void Add(string sweep, IEnumerable<IndexRange> ranges) =>
        _queue.Add(sweep, OwnerOf(sweep), _priorities[Array.IndexOf(Names, sweep)], "cpu", ranges);

    private void Do(Act act, int pick)
    {
        Lease? lease = _queue.Leases.Count == 0 ? null : _queue.Leases.ElementAt(pick % _queue.Leases.Count);
        string sweep = Names[pick % Names.Length];
        int index = pick / Names.Length % Runs;
        switch (act)
        {
            case Act.Grant: Grant(); break;
            case Act.Complete when lease is not null: Complete(lease, found: false); break;
            case Act.Fail when lease is not null: Assert.True(_queue.Fail(lease.Token, Failures[pick % Failures.Length], "x", [], _now)); break;
            case Act.Release when lease is not null: Assert.True(_queue.Release(lease.Token, AttemptEnd.Preempted, pick, _now)); break;
            case Act.Lose when lease is not null: _queue.Lose(new LostLease(lease.Token, "x", pick % 2 == 0), _now); break;
            case Act.Renew when lease is not null: _queue.Renew(lease.Worker, [new RenewedToken(lease.Token, pick)], _now); break;
            case Act.Expire: Expire(Livenesses[pick % Livenesses.Length]); break;
            case Act.Reconcile: _queue.Reconcile("w", ++_sequence, new HashSet<long>(), _now); break;
            case Act.Deliver when _queue.Outbox.Count > 0: Send(_queue.Outbox[pick % _queue.Outbox.Count]); break;
            case Act.Redeliver when _sent.Count > 0: Receive(_sent[pick % _sent.Count]); break;
            case Act.Pause: _queue.SetPaused(sweep, true); break;
            case Act.Resume: _queue.SetPaused(sweep, false); break;
            case Act.PauseRun when !_removed.Contains(sweep): Hold(sweep, held => held.Add(index)); break;
            case Act.ResumeRun when !_removed.Contains(sweep): Hold(sweep, held => held.Remove(index)); break;
            case Act.CancelRun when IsOpen(sweep, index): Cancel(sweep, index); break;
            case Act.RetryRun when !_removed.Contains(sweep): Retry(sweep, index); break;
            case Act.Extend when !_removed.Contains(sweep): _queue.Extend(sweep, Wanted(sweep, Runs)); break;
            case Act.Remove when _removed.Add(sweep): _queue.Remove(sweep, _now); break;
            case Act.Reopen when _removed.Remove(sweep): Reopen(sweep); break;
            case Act.Restart: Restart(); break;
            case Act.Wait: Wait(TimeSpan.FromSeconds(pick)); break;
            default: break;
        }
    }

    private void Grant()
    {
        List<SweepQueue> ready = [.. _queue.Sweeps.Where(IsReady)];
        Dictionary<string, int> running = Names.ToDictionary(n => n, n => _queue.Leases.Sum(l => l.Waiters.Count(w => w.Sweep == n)));
        int waiters = running.Values.Sum();
        QueueBooks.CheckCounts(_queue, running, _now);
        Lease? lease = _queue.Grant("w", ++_sequence, "cpu", _now);
        if (lease is null)
        {
            Assert.DoesNotContain(_queue.Sweeps, IsReady);
            return;
        }

        Assert.True(lease.Token > _lastToken, "tokens rise, over restarts too");
        _lastToken = lease.Token;
        if (_queue.Leases.Sum(l => l.Waiters.Count) == waiters + 1)
        {
            // No waiter joined another lease on the way: the order can be judged by the counts before.
            QueueBooks.CheckOrder(ready, ready.Single(s => s.Sweep == lease.Waiters[0].Sweep), running);
        }

        if (_results.Contains(lease.Run))
        {
            Complete(lease, found: true);
        }
    }

    private bool IsReady(SweepQueue queue)
    {
        bool limited = _policy.Limits.Count > 0 && queue.Owner == "ann" && _books.Used["ann"] >= 100 - 1e-6;
        IEnumerable<int> ahead = queue.Ranges.SelectMany(r => Enumerable.Range(r.Start, r.Count)).Skip(queue.Cursor);
        return !queue.Paused && !limited
            && (ahead.Any(i => !_books.Held[queue.Sweep].Contains(i) && !_books.Cancelled.Contains((queue.Sweep, i)))
                || queue.Requeued.Any(r => (r.RetryAt ?? _now) <= _now && !_books.Held[queue.Sweep].Contains(r.Index)));
    }

    private void Complete(Lease lease, bool found)
    {
        _results.Add(lease.Run);
        _queue.Complete(lease.Run, found, _now);
    }

    private void Expire(WorkerLiveness liveness)
    {
        foreach (LostLease lost in _queue.Expired(_ => liveness, _now))
        {
            _queue.Lose(lost, _now);
        }
    }

    private void Send(Settlement settlement)
    {
        _sent.Add(settlement);
        Receive(settlement);
    }

    /// <summary>What a sweep grain does with a settlement, which may come twice and late.</summary>
    private void Receive(Settlement settlement)
    {
        foreach (Waiter waiter in settlement.Waiters)
        {
            (string Sweep, int Index) key = (waiter.Sweep, waiter.Index);
            bool stale = settlement.Outcome is RunOutcome.Failed failed
                && !_queue.OpenRunsOf(waiter.Sweep).Settling.Contains(new OpenSettlement(waiter.Index, failed.Attempt));
            if (!_removed.Contains(waiter.Sweep) && !_books.Cancelled.Contains(key) && !stale)
            {
                Assert.True(
                    _books.Recorded.GetValueOrDefault(key) is not { } known || known.GetType() == settlement.Outcome.GetType(),
                    "an outcome is never changed");
                _books.Recorded[key] = settlement.Outcome;
            }

            _queue.Acknowledge(settlement.Run, settlement.Token, waiter.Sweep);
        }
    }

    private bool IsOpen(string sweep, int index) =>
        !_removed.Contains(sweep) && !_books.Recorded.ContainsKey((sweep, index)) && !_books.Cancelled.Contains((sweep, index))
        && _queue.Sweeps.Single(s => s.Sweep == sweep).PositionOf(index) is not null;

    private void Hold(string sweep, Action<HashSet<int>> change)
    {
        change(_books.Held[sweep]);
        _queue.Hold(sweep, _books.Held[sweep]);
    }

    private void Cancel(string sweep, int index)
    {
        _books.Cancelled.Add((sweep, index));
        _queue.Withdraw(sweep, [index], _now);
        _queue.Withdraw(sweep, [index], _now);
    }

    private void Retry(string sweep, int index)
    {
        if (_books.Cancelled.Remove((sweep, index))
            || (_books.Recorded.GetValueOrDefault((sweep, index)) is RunOutcome.Failed && _books.Recorded.Remove((sweep, index))))
        {
            _queue.Requeue(sweep, [index]);
            _queue.Requeue(sweep, [index]);
        }
    }

    private void Reopen(string sweep)
    {
        _books.Held[sweep].Clear();
        List<(string, int)> failed = [.. _books.Recorded.Where(r => r.Key.Sweep == sweep && r.Value is RunOutcome.Failed).Select(r => r.Key)];
        foreach ((string Sweep, int Index) key in failed)
        {
            _books.Recorded.Remove(key);
        }

        Add(sweep, Wanted(sweep, Runs - 2));
    }

    private IReadOnlyList<IndexRange> Wanted(string sweep, int count) =>
        Enumerable.Range(0, count).Where(i => !_books.Cancelled.Contains((sweep, i)) && !_books.Recorded.ContainsKey((sweep, i))).ToRanges();

    private void Restart()
    {
        _queue.ChargeRunning(_now);
        _queue = new LeaseQueue(Reread(_queue.Snapshot()), RunOf, _policy, _now);
    }

    private void Wait(TimeSpan time)
    {
        foreach (Lease lease in _queue.Leases)
        {
            string[] owners = [.. lease.Waiters.Select(w => OwnerOf(w.Sweep)).Distinct()];
            foreach (string owner in owners)
            {
                _books.Used[owner] += time.TotalSeconds / owners.Length;
            }
        }

        _now += time;
    }
}

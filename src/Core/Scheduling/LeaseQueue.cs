using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Who trains what: the scheduler's decisions, without time, storage or messages of its own. Changes are in memory; the host stores
/// <see cref="Snapshot"/> before anybody is told. A run is leased at most once at a time, whoever and how many sweeps wait for it.
/// Every change by a sweep may be repeated: a repeat changes nothing.
/// </summary>
/// <remarks>Each part decides one thing; this class says what an event means to all of them.</remarks>
public sealed class LeaseQueue
{
    private readonly Func<string, int, string> _runOf;
    private readonly LeasePolicy _policy;
    private readonly SweepBook _sweeps;
    private readonly LeaseBook _book;
    private readonly ChargedLeases _leases;
    private readonly Outbox _outbox;
    private readonly UsageBook _usage;
    private readonly CrashLoopRule _crashLoops;
    private readonly RetryRule _retries;
    private readonly ServingLine _line;
    private readonly Standings _standings;
    private readonly long _epoch;

    /// <param name="snapshot">The stored state; the activation that read it has claimed it.</param>
    /// <param name="runOf">Run id of a sweep's plan index.</param>
    /// <param name="policy">Time limits, retry counts and owners' limits.</param>
    /// <param name="now">
    /// The moment. Every stored lease is given one fresh term from it, because renewals are never stored, and is charged from it, because nobody
    /// knows for how long it was trained before. No run waits longer from it than its failures allow: the clock may have been set back since its wait
    /// was stored.
    /// </param>
    /// <exception cref="SpecException">The snapshot was written by a newer version, or is damaged.</exception>
    public LeaseQueue(QueueSnapshot snapshot, Func<string, int, string> runOf, LeasePolicy policy, DateTimeOffset now)
    {
        QueueRules.Require(snapshot);
        var running = new RunningCounts();
        _runOf = runOf;
        _epoch = snapshot.Epoch;
        _sweeps = new SweepBook(snapshot.Sweeps.Select(s => s.Within(policy, now)), snapshot.NextOrder);
        _book = new LeaseBook(snapshot.Leases.Select(l => l with { Charged = now }), snapshot.NextToken, now);
        _outbox = new Outbox(snapshot.Outbox);
        _usage = new UsageBook(snapshot.Usage, now);
        _leases = new ChargedLeases(_book, _sweeps, _usage, running);
        _policy = policy;
        _crashLoops = new CrashLoopRule(policy, snapshot.WorkersLost);
        _retries = new RetryRule(policy, _crashLoops);
        _line = new ServingLine(_sweeps, running, _usage, policy);
        _standings = new Standings(_sweeps, _book, _outbox, _usage, _line, policy);
    }

    public IReadOnlyCollection<Lease> Leases => _book.Leases;

    /// <summary>Leases that everybody who waits for them has paused: their attempts are to checkpoint and let go.</summary>
    public IEnumerable<Lease> Stopping => _book.Leases.Where(l => l.Waiters.All(_sweeps.IsPaused));

    public IReadOnlyList<Settlement> Outbox => _outbox.Settlements;

    public IReadOnlyCollection<SweepQueue> Sweeps => _sweeps.Sweeps;

    public QueueSnapshot Snapshot() => new()
    {
        Epoch = _epoch,
        NextToken = _book.NextToken,
        NextOrder = _sweeps.NextOrder,
        WorkersLost = _crashLoops.WorkersLost,
        Sweeps = [.. _sweeps.Sweeps.OrderBy(s => s.Order)],
        Leases = [.. _book.Leases.OrderBy(l => l.Token)],
        Outbox = [.. _outbox.Settlements],
        Usage = _usage.Charged,
    };

    /// <summary>
    /// Grants the next run to a worker, or returns null when there is none for it now. Runs that are leased already gain a waiter on the
    /// way.
    /// </summary>
    /// <param name="worker">Whose slot it is.</param>
    /// <param name="sequence">The worker's call.</param>
    /// <param name="numerics">What the slot computes with.</param>
    /// <param name="now">The moment.</param>
    /// <param name="canary">
    /// The worker's. A sweep takes its first worker's and is served by no other: equal numerics do not mean equal bits. Null is not compared.
    /// </param>
    public Lease? Grant(string worker, long sequence, string numerics, DateTimeOffset now, string? canary = null)
    {
        while (_line.First(numerics, canary, now) is { } queue)
        {
            (SweepQueue rest, RequeuedRun next) = queue.Take(now);
            string run = _runOf(queue.Sweep, next.Index);
            var waiter = new Waiter(queue.Sweep, next.Index);
            Lease? other = _book.OfRun(run);

            // A sweep that joins another's lease has trained nothing, so no canary binds it yet.
            _sweeps.Put(other is null ? rest with { Canary = rest.Canary ?? canary } : rest);
            if (other is null)
            {
                return _leases.Grant(run, worker, sequence, waiter, next.History, now);
            }

            _leases.Join(other, waiter, now);
        }

        return null;
    }

    /// <summary>
    /// A result is in the store, whoever put it: every waiter is settled, and the run's lease, if any, is over. Unknown runs change
    /// nothing; sweeps that want them later find the result.
    /// </summary>
    /// <param name="run">Run id.</param>
    /// <param name="foundBeforeTraining">The scheduler found the result before granting.</param>
    /// <param name="now">End of the attempt.</param>
    public void Complete(string run, bool foundBeforeTraining, DateTimeOffset now)
    {
        if (_book.OfRun(run) is not { } lease)
        {
            return;
        }

        _leases.End(lease, now);
        if (foundBeforeTraining)
        {
            _sweeps.CountReused(lease.Waiters);
        }

        RunHistory history = foundBeforeTraining ? lease.History : lease.Ended(now, AttemptEnd.Completed);
        Settle(lease, new RunOutcome.Completed(), history);
    }

    /// <summary>The attempt failed: the run is requeued with a delay, or given up when its class's retries are spent.</summary>
    /// <returns>False when the token is not current: nothing happened.</returns>
    public bool Fail(long token, FailureClass failure, string message, IReadOnlyList<string> logTail, DateTimeOffset now)
    {
        if (_book.Find(token) is not { } lease)
        {
            return false;
        }

        _leases.End(lease, now);
        GoOn(lease, _retries.AfterFailure(lease, failure, message, logTail, now));
        return true;
    }

    /// <summary>The worker let the attempt go on purpose: the run is requeued at once, and nothing is counted.</summary>
    /// <param name="token">The attempt.</param>
    /// <param name="end"><see cref="AttemptEnd.Preempted"/>, <see cref="AttemptEnd.Paused"/> or <see cref="AttemptEnd.Released"/>.</param>
    /// <param name="checkpointStep">The highest step it has checkpointed.</param>
    /// <param name="now">End of the attempt.</param>
    /// <param name="why">The reason, where the end does not say it: a store that refuses the worker.</param>
    /// <returns>False when the token is not current: nothing happened.</returns>
    public bool Release(long token, AttemptEnd end, int checkpointStep, DateTimeOffset now, string? why = null)
    {
        if (_book.Find(token) is not { } lease)
        {
            return false;
        }

        _leases.End(lease, now);
        RunHistory history = lease.Ended(now, end, why);
        _sweeps.Requeue(lease.Waiters, null, history with { CheckpointStep = Math.Max(history.CheckpointStep, checkpointStep) });
        return true;
    }

    /// <summary>
    /// A call of a worker that does not hold a token granted for an earlier call proves that the grant never arrived: it is requeued and
    /// nothing is counted.
    /// </summary>
    /// <returns>Whether anything changed.</returns>
    public bool Reconcile(string worker, long sequence, IReadOnlySet<long> held, DateTimeOffset now)
    {
        IReadOnlyList<Lease> lost = _book.NeverArrived(worker, sequence, held);
        foreach (Lease lease in lost)
        {
            Release(lease.Token, AttemptEnd.Released, lease.History.CheckpointStep, now);
        }

        return lost.Count > 0;
    }

    /// <summary>Ends the lease of a dead or silent worker: the run is requeued, or given up as a crash loop (<see cref="CrashLoopRule"/>).</summary>
    public void Lose(LostLease lost, DateTimeOffset now)
    {
        if (_book.Find(lost.Token) is { } lease)
        {
            _leases.End(lease, now);
            GoOn(lease, _retries.AfterLoss(lease, lost, now));
        }
    }

    /// <summary>One worker's renewal; nothing to store. Returns what the worker must do about tokens that are not simply renewed.</summary>
    public IReadOnlyDictionary<long, StopRequest> Renew(string worker, IReadOnlyList<RenewedToken> tokens, DateTimeOffset now)
    {
        Dictionary<long, StopRequest> answers = [];
        foreach (RenewedToken renewed in tokens)
        {
            if (_book.Find(renewed.Token) is not { } lease || lease.Worker != worker)
            {
                answers[renewed.Token] = StopRequest.Abandon;
                continue;
            }

            _book.Renew(renewed, now);
            if (lease.Waiters.All(_sweeps.IsPaused))
            {
                answers[renewed.Token] = StopRequest.Checkpoint;
            }
        }

        return answers;
    }

    /// <summary>Leases whose worker is dead, unknown and silent, or silent for longer than the time to live.</summary>
    public IReadOnlyList<LostLease> Expired(Func<string, WorkerLiveness> liveness, DateTimeOffset now) => _book.Expired(liveness, _policy, now);

    /// <summary>A sweep has recorded a run's outcome: that of the lease with this token. A repeat changes nothing.</summary>
    public void Acknowledge(string run, long token, string sweep) => _outbox.Acknowledge(run, token, sweep);

    /// <summary>Adds a sweep with its first ranges. A sweep that is already there is left as it is.</summary>
    public void Add(string sweep, string owner, int priority, string numerics, params IEnumerable<IndexRange> ranges) =>
        _sweeps.Add(sweep, owner, priority, numerics, ranges);

    /// <summary>Adds indices to a sweep, last in its order; those that are there already are not added again.</summary>
    public void Extend(string sweep, IEnumerable<IndexRange> ranges) => _sweeps.Put(_sweeps[sweep].Extend(ranges));

    /// <summary>
    /// Forgets a sweep: finished or cancelled. Leases that no other sweep waits for are revoked: their next renewal tells the worker to
    /// abandon them. Settlements that only this sweep waited for are dropped.
    /// </summary>
    public void Remove(string sweep, DateTimeOffset now)
    {
        _leases.Leave(w => w.Sweep == sweep, now);
        _outbox.Leave(sweep);
        _sweeps.Remove(sweep);
    }

    /// <summary>A paused sweep is granted nothing; its running attempts are asked to checkpoint and let go unless another sweep waits too.</summary>
    public void SetPaused(string sweep, bool paused) => _sweeps.Change(sweep, queue => queue with { Paused = paused });

    /// <summary>Replaces the set of a sweep's paused runs: each is treated as if it alone were a paused sweep.</summary>
    public void Hold(string sweep, IEnumerable<int> indices) => _sweeps.Change(sweep, queue => queue.Hold(indices));

    /// <summary>A sweep no longer wants these runs. An attempt that no other sweep waits for is revoked.</summary>
    public void Withdraw(string sweep, IReadOnlyCollection<int> indices, DateTimeOffset now)
    {
        HashSet<int> withdrawn = [.. indices];
        _leases.Leave(w => w.Sweep == sweep && withdrawn.Contains(w.Index), now);
        _outbox.Leave(sweep, withdrawn);
        _sweeps.Change(sweep, queue => queue.Withdraw(withdrawn));
    }

    /// <summary>A sweep wants these settled runs again, from a clean slate: earlier failures and losses do not count.</summary>
    public void Requeue(string sweep, IEnumerable<int> indices)
    {
        SweepQueue queue = _sweeps[sweep];
        HashSet<int> waiting = [.. queue.Requeued.Select(r => r.Index), .. _book.IndicesOf(sweep)];
        SortedSet<int> again = [.. indices.Where(i => !waiting.Contains(i))];
        _outbox.Leave(sweep, again);
        _sweeps.Put(queue.WantAgain(again));
    }

    /// <summary>Which of a sweep's runs are not settled.</summary>
    public OpenRuns OpenRunsOf(string sweep) => _standings.OpenRunsOf(sweep);

    /// <summary>Where a run of a sweep stands.</summary>
    /// <param name="sweep">Sweep id.</param>
    /// <param name="index">Plan index of the run.</param>
    /// <param name="run">Run id.</param>
    /// <param name="workers">The workers there are.</param>
    /// <param name="now">The moment.</param>
    public RunStanding StandingOf(string sweep, int index, string run, IReadOnlyList<WorkerView> workers, DateTimeOffset now) =>
        _standings.Of(sweep, index, run, workers, now);

    /// <summary>What an owner has used up to now, running attempts included.</summary>
    public TimeSpan UsedBy(string owner, DateTimeOffset now) => _usage.UsedBy(owner, now);

    /// <summary>Charges running attempts up to now, so that little is forgotten when this activation is lost.</summary>
    public void ChargeRunning(DateTimeOffset now) => _leases.Charge(now);

    private void GoOn(Lease lease, NextTry next)
    {
        if (next.GivenUp is { } outcome)
        {
            Settle(lease, outcome, next.History);
        }
        else
        {
            _sweeps.Requeue(lease.Waiters, next.RetryAt, next.History);
        }
    }

    private void Settle(Lease lease, RunOutcome outcome, RunHistory history)
    {
        IReadOnlyList<Waiter> waiters = [.. lease.Waiters.Where(w => _sweeps.Find(w.Sweep) is not null)];
        _outbox.Add(new() { Token = lease.Token, Run = lease.Run, Outcome = outcome, Waiters = waiters, Attempts = history.Attempts });
    }
}

using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>How leases end: completed, failed, released, lost. Everything but completion is refused under a token that is not current.</summary>
public sealed partial class LeaseQueue
{
    /// <summary>
    /// A result is in the store, whoever put it: every waiter is settled, and the run's lease, if any, is over. Unknown runs change
    /// nothing; sweeps that want them later find the result.
    /// </summary>
    /// <param name="run">Run id.</param>
    /// <param name="foundBeforeTraining">The scheduler found the result before granting.</param>
    /// <param name="now">End of the attempt.</param>
    public void Complete(string run, bool foundBeforeTraining, DateTimeOffset now)
    {
        if (!_tokenOfRun.TryGetValue(run, out long token))
        {
            return;
        }

        Lease lease = _leases[token];
        Drop(lease, now);
        if (foundBeforeTraining)
        {
            foreach (Waiter waiter in lease.Waiters)
            {
                if (_sweeps.TryGetValue(waiter.Sweep, out SweepQueue? queue))
                {
                    _sweeps[waiter.Sweep] = queue with { Reused = queue.Reused + 1 };
                }
            }
        }

        IReadOnlyList<AttemptRecord> attempts = foundBeforeTraining ? lease.History.Attempts : Remember(lease, now, AttemptEnd.Completed).Attempts;
        Settle(lease, new RunOutcome.Completed(), attempts);
    }

    /// <summary>The attempt failed: requeued with a delay, or given up when its class's retries are spent.</summary>
    /// <returns>False when the token is not current: nothing happened.</returns>
    public bool Fail(long token, FailureClass failure, string message, IReadOnlyList<string> logTail, DateTimeOffset now)
    {
        if (!_leases.TryGetValue(token, out Lease? lease))
        {
            return false;
        }

        Drop(lease, now);
        RunHistory history = CountFailure(Remember(lease, now, AttemptEnd.Failed, message, failure), failure);
        if (history.FailuresByClass.Single(f => f.Failure == failure).Count > _policy.MaxRetries(failure))
        {
            Settle(lease, new RunOutcome.Failed(failure, message, logTail, token), history.Attempts);
        }
        else
        {
            Requeue(lease, now + (_policy.RetryDelay * Math.Pow(2, history.Failures - 1)), history);
        }

        return true;
    }

    /// <summary>Let go on purpose: requeued at once, nothing counted.</summary>
    /// <param name="token">The attempt.</param>
    /// <param name="end"><see cref="AttemptEnd.Preempted"/>, <see cref="AttemptEnd.Paused"/> or <see cref="AttemptEnd.Released"/>.</param>
    /// <param name="checkpointStep">The highest step it has checkpointed.</param>
    /// <param name="now">End of the attempt.</param>
    /// <param name="why">The reason, where the end does not say it: a store that refuses the worker.</param>
    /// <returns>False when the token is not current: nothing happened.</returns>
    public bool Release(long token, AttemptEnd end, int checkpointStep, DateTimeOffset now, string? why = null)
    {
        if (!_leases.TryGetValue(token, out Lease? lease))
        {
            return false;
        }

        Drop(lease, now);
        RunHistory history = Remember(lease, now, end, why);
        Requeue(lease, null, history with { CheckpointStep = Math.Max(history.CheckpointStep, checkpointStep) });
        return true;
    }

    /// <summary>
    /// A call of a worker that does not hold a token granted for an earlier call proves that the grant never arrived: it is requeued and
    /// nothing is counted.
    /// </summary>
    /// <returns>Whether anything changed.</returns>
    public bool Reconcile(string worker, long sequence, IReadOnlySet<long> held, DateTimeOffset now)
    {
        List<Lease> lost = [.. _leases.Values.Where(l => l.Worker == worker && l.Sequence < sequence && !held.Contains(l.Token))];
        foreach (Lease lease in lost)
        {
            Release(lease.Token, AttemptEnd.Released, lease.History.CheckpointStep, now);
        }

        return lost.Count > 0;
    }

    /// <summary>
    /// The lease of a worker that is dead or silent. A run that loses its worker again and again without reaching a new checkpoint is
    /// given up as a crash loop; losses with progress never count, nor does the loss of a whole cluster, which no single run caused.
    /// Each worker lost without this run meanwhile speaks for a storm and allows it one loss more, up to a ceiling; from its second loss
    /// on it waits, longer each time, so that a storm has the time to show itself.
    /// </summary>
    public void Lose(LostLease lost, DateTimeOffset now)
    {
        (long token, string why, bool counts) = lost;
        if (!_leases.TryGetValue(token, out Lease? lease))
        {
            return;
        }

        Drop(lease, now);
        RunHistory history = Remember(lease, now, AttemptEnd.Lost, why);
        if (counts)
        {
            long before = _losses.Count;
            _losses.Add(lease.Worker, now);
            history = history with { Losses = history.Losses + 1, WorkersLostBefore = history.Losses == 0 ? Math.Min(before, _losses.Count - 1) : history.WorkersLostBefore };
        }

        if (IsCrashLoop(history))
        {
            string message = $"lost its worker {history.Losses} times without a new checkpoint (step {history.CheckpointStep}); the last time: {why}";
            Settle(lease, new RunOutcome.Failed(FailureClass.CrashLoop, message, [.. history.Attempts.Select(a => a.ToString())], token), history.Attempts);
        }
        else
        {
            Requeue(lease, counts && history.Losses > 1 ? now + _policy.DelayAfterLosses(history.Losses) : null, history);
        }
    }

    private bool IsCrashLoop(RunHistory history)
    {
        long others = Math.Max(0, _losses.Count - history.WorkersLostBefore - history.Losses);
        return history.Losses >= Math.Min(_policy.MaxLosses + others, Math.Max(_policy.MaxLosses, _policy.MaxLossesInStorm));
    }

    /// <summary>One worker's renewal; nothing to store. Returns what the worker must do about tokens that are not simply renewed.</summary>
    public IReadOnlyDictionary<long, StopRequest> Renew(string worker, IReadOnlyList<RenewedToken> tokens, DateTimeOffset now)
    {
        Dictionary<long, StopRequest> answers = [];
        foreach (RenewedToken renewed in tokens)
        {
            if (!_leases.TryGetValue(renewed.Token, out Lease? lease) || lease.Worker != worker)
            {
                answers[renewed.Token] = StopRequest.Abandon;
                continue;
            }

            _renewed[renewed.Token] = now;
            if (renewed.CheckpointStep > lease.History.CheckpointStep)
            {
                _leases[renewed.Token] = lease with { History = lease.History with { CheckpointStep = renewed.CheckpointStep, Losses = 0 } };
            }

            if (lease.Waiters.All(IsPaused))
            {
                answers[renewed.Token] = StopRequest.Checkpoint;
            }
        }

        return answers;
    }

    /// <summary>Leases whose worker is dead, unknown and silent, or silent for longer than the time to live.</summary>
    public IReadOnlyList<LostLease> Expired(Func<string, WorkerLiveness> liveness, DateTimeOffset now)
    {
        List<LostLease> expired = [];
        foreach (Lease lease in _leases.Values)
        {
            TimeSpan silent = now - _renewed[lease.Token];
            WorkerLiveness alive = liveness(lease.Worker);
            string? why = alive switch
            {
                WorkerLiveness.Dead => "the worker died",
                WorkerLiveness.Unknown when silent > _policy.UnknownWorkerGrace => "the worker left the cluster",
                _ when silent > _policy.TimeToLive => $"the worker did not renew for {_policy.TimeToLive.TotalSeconds:0.#} s",
                _ => null,
            };
            if (why is not null)
            {
                expired.Add(new LostLease(lease.Token, why, alive != WorkerLiveness.Unknown));
            }
        }

        return expired;
    }

    /// <summary>A sweep has recorded a run's outcome: that of the lease with this token. A repeat changes nothing.</summary>
    public void Acknowledge(string run, long token, string sweep)
    {
        for (int i = _outbox.Count - 1; i >= 0; i--)
        {
            if (_outbox[i].Run == run && _outbox[i].Token == token)
            {
                IReadOnlyList<Waiter> others = [.. _outbox[i].Waiters.Where(w => w.Sweep != sweep)];
                if (others.Count == 0)
                {
                    _outbox.RemoveAt(i);
                }
                else
                {
                    _outbox[i] = _outbox[i] with { Waiters = others };
                }
            }
        }
    }

    private void Settle(Lease lease, RunOutcome outcome, IReadOnlyList<AttemptRecord> attempts)
    {
        IReadOnlyList<Waiter> waiters = [.. lease.Waiters.Where(w => _sweeps.ContainsKey(w.Sweep))];
        if (waiters.Count > 0)
        {
            _outbox.Add(new() { Token = lease.Token, Run = lease.Run, Outcome = outcome, Waiters = waiters, Attempts = attempts });
        }
    }

    private void Requeue(Lease lease, DateTimeOffset? retryAt, RunHistory history)
    {
        foreach (Waiter waiter in lease.Waiters)
        {
            if (_sweeps.TryGetValue(waiter.Sweep, out SweepQueue? queue))
            {
                _sweeps[waiter.Sweep] = queue with { Requeued = [.. queue.Requeued, new RequeuedRun(waiter.Index, retryAt, history)] };
            }
        }
    }

    /// <summary>The waiter would rather have the attempt stop: its sweep, or the run in it, is paused.</summary>
    private bool IsPaused(Waiter waiter) =>
        !_sweeps.TryGetValue(waiter.Sweep, out SweepQueue? queue) || queue.Paused || queue.Held.Contains(waiter.Index);

    private static RunHistory CountFailure(RunHistory history, FailureClass failure)
    {
        int before = history.FailuresByClass.FirstOrDefault(f => f.Failure == failure)?.Count ?? 0;
        return history with
        {
            Failures = history.Failures + 1,
            FailuresByClass = [.. history.FailuresByClass.Where(f => f.Failure != failure), new ClassFailures(failure, before + 1)],
        };
    }

    private static RunHistory Remember(Lease lease, DateTimeOffset now, AttemptEnd end, string? message = null, FailureClass? failure = null)
    {
        var record = new AttemptRecord(lease.Token, lease.Worker, lease.Granted, now, end, message, failure);
        return lease.History with { Ended = lease.History.Ended + 1, Attempts = [.. lease.History.Attempts.TakeLast(AttemptsRemembered - 1), record] };
    }
}

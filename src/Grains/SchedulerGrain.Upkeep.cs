using System.Diagnostics;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains;

/// <summary>
/// What the scheduler does by itself: ends leases nobody renews, learns what dead attempts came to, drops runs that have results, and empties
/// the outbox.
/// </summary>
public sealed partial class SchedulerGrain
{
    public Task<DrainReply> Undrain(string worker) => HeardAsync(_roster.Undrain(worker), drains: false);

    /// <summary>Waits, a bounded time, until the worker says that it drains, or that it does not.</summary>
    private async Task<DrainReply> HeardAsync(string worker, bool drains)
    {
        DateTimeOffset deadline = clock.GetUtcNow() + AnswerWithin;
        for (Task called = _called.Next; _roster.SaysDraining(worker) != drains; called = _called.Next)
        {
            TimeSpan left = deadline - clock.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return new DrainReply(worker, Acknowledged: false);
            }

            await Task.WhenAny(called, Task.Delay(left, clock));
        }

        return new DrainReply(worker, Acknowledged: true);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _telemetry.Deactivated();
        return Task.CompletedTask;
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        IReadOnlyList<LostLease> expired = _queue.Expired(LivenessOf, now);
        foreach (LostLease lost in expired)
        {
            LogLost(logger, lost.Token, lost.Why);
            string worker = _queue.Leases.Single(l => l.Token == lost.Token).Worker;
            NoteSilence(worker, now);
            _telemetry.Lost(LivenessOf(worker));
            _queue.Lose(lost, now);
        }

        bool charge = _queue.Leases.Count > 0 && now - _charged >= ChargeEvery;
        if (charge)
        {
            _queue.ChargeRunning(now);
            _charged = now;
        }

        _roster.Prune(now);
        ForgetPlans();
        if (expired.Count > 0 || charge || _acknowledged.Count > 0)
        {
            await _commit.CommitAsync();
        }

        Deliver();

        // Delayed retries become ready by time alone.
        _work.Set();
        if (_eviction.IsCompleted)
        {
            _eviction = Task.WhenAll(_silent.Overdue(now).Select(EvictAsync));
        }
    }

    /// <summary>
    /// What the attempts of dead workers had come to, which nobody was told: renewals are not stored, and where workers and scheduler die
    /// together none comes again. A run that has reached a new checkpoint is in no crash loop.
    /// </summary>
    private async Task LearnAsync()
    {
        bool completed = false;
        foreach (Lease lease in state.State.Leases.Where(l => LivenessOf(l.Worker) is WorkerLiveness.Dead))
        {
            try
            {
                completed |= await LearnAsync(lease);
            }
            catch (IOException e)
            {
                // One file that cannot be read must not keep the scheduler from starting.
                LogNotLearned(logger, e, lease.Run);
            }
        }

        if (completed)
        {
            await _commit.CommitAsync();
        }
    }

    /// <returns>Whether the run was completed.</returns>
    private async Task<bool> LearnAsync(Lease lease)
    {
        var run = new RunId(lease.Run);
        if (await store.HasReadableResultAsync(run))
        {
            _queue.Complete(lease.Run, foundBeforeTraining: false, clock.GetUtcNow());
            return true;
        }

        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.CheckpointsPrefix(run, lease.Token)))
        {
            if (AttemptKey.Parse(info.Key)?.CheckpointStep is { } step)
            {
                _queue.Renew(lease.Worker, [new RenewedToken(lease.Token, step)], clock.GetUtcNow());
            }
        }

        return false;
    }

    /// <summary>A sweep enters the queue in the same turn as its plan is kept, so a plan without a sweep is that of one that has left.</summary>
    private void ForgetPlans()
    {
        if (_plans.Count > _queue.Sweeps.Count)
        {
            HashSet<string> queued = [.. _queue.Sweeps.Select(s => s.Sweep)];
            foreach (string sweep in _plans.Keys.Where(s => !queued.Contains(s)).ToList())
            {
                _plans.Remove(sweep);
            }
        }
    }

    private void NoteSilence(string worker, DateTimeOffset now)
    {
        if (LivenessOf(worker) is WorkerLiveness.Alive && worker != silo.SiloAddress.ToParsableString())
        {
            _silent.Add(worker, now);
        }
    }

    /// <summary>
    /// Declares a worker dead in membership. While it counts as alive, the part of the grain directory that it keeps is out of reach and
    /// settlements of other runs wait for it; when it hears of this it ends itself, and its supervisor starts it anew.
    /// </summary>
    private async Task EvictAsync(string worker)
    {
        LogEvicted(logger, worker);
        try
        {
            if (LivenessOf(worker) is not WorkerLiveness.Alive || await membership.TryKill(SiloAddress.FromParsableString(worker)))
            {
                _silent.Remove(worker);
            }
        }
        catch (Exception e)
        {
            LogNotEvicted(logger, e, worker);
        }
    }

    private WorkerLiveness LivenessOf(string worker) => membership.CurrentSnapshot.GetSiloStatus(SiloAddress.FromParsableString(worker)) switch
    {
        SiloStatus.Dead => WorkerLiveness.Dead,
        SiloStatus.None => policy.SoleProcess ? WorkerLiveness.Dead : WorkerLiveness.Unknown,
        _ => WorkerLiveness.Alive,
    };

    /// <summary>
    /// Delivers every stored settlement; one that some sweep has not acknowledged stays and is delivered again. Each goes by
    /// itself: one that hangs, because its grain is out of reach, must not keep the others.
    /// </summary>
    private void Deliver()
    {
        DateTimeOffset now = clock.GetUtcNow();
        foreach (Settlement settlement in _queue.Outbox)
        {
            (string Run, long Token) settled = (settlement.Run, settlement.Token);
            if (_pauses.IsDue(settled, now) && _stored.Contains(settled) && _delivering.Count < MostDeliveries && _delivering.Add(settled))
            {
                _ = DeliverAsync(settlement);
            }
        }
    }

    private async Task DeliverAsync(Settlement settlement)
    {
        // Deliver still walks the outbox, which this changes.
        await Task.Yield();
        try
        {
            ActivityContext parent = await _telemetry.SpanBeforeAsync(settlement);
            using Activity? span = Traces.Source.StartActivity(Spans.Settle, ActivityKind.Producer, parent);
            span?.SetTag(Traces.RunTag, settlement.Run).SetTag(Traces.AttemptTag, settlement.Token);

            // Most runs are plain, and a grain with a file for each of them would tell nothing that the result does not.
            string[] sweeps = settlement.IsPlain
                ? await _waiters.TellAsync(settlement)
                : await GrainFactory.GetGrain<ITrainingRunGrain>(settlement.Run).Settle(settlement);
            foreach (string sweep in sweeps)
            {
                // Stored with the next change, which under load is soon: one that is forgotten is acknowledged again.
                _queue.Acknowledge(settlement.Run, settlement.Token, sweep);
                _acknowledged.Add((sweep, settlement.Run));
            }

            NoteDelivery(settlement, whole: sweeps.Length == settlement.Waiters.Count);
        }
        catch (Exception e)
        {
            NoteDelivery(settlement, whole: false);
            LogNotDelivered(logger, e, settlement.Run);
        }
        finally
        {
            _delivering.Remove((settlement.Run, settlement.Token));
        }
    }

    /// <summary>Runs that already have a result are settled with it instead of granted.</summary>
    private async Task DropFinishedAsync(List<(Lease Lease, Plan Plan)> leases)
    {
        (bool Found, string? Lost)[] finished = await Task.WhenAll(leases.Select(l => FindOrLoseAsync(l.Lease)));
        for (int i = leases.Count - 1; i >= 0; i--)
        {
            if (finished[i].Lost is { } lost)
            {
                LogResultLost(logger, leases[i].Lease.Run, lost);
            }

            if (finished[i].Found)
            {
                _queue.Complete(leases[i].Lease.Run, foundBeforeTraining: true, clock.GetUtcNow());
                leases.RemoveAt(i);
            }
        }
    }

    /// <summary>What cannot be looked at is granted: its attempt looks again, and waits for the store where it must.</summary>
    private async Task<(bool Found, string? Lost)> FindOrLoseAsync(Lease lease)
    {
        try
        {
            return await store.FindOrLoseResultAsync(new RunId(lease.Run));
        }
        catch (IOException e)
        {
            LogNotLookedAt(logger, e, lease.Run);
            return (false, null);
        }
    }

    private async Task LoadPlanAsync(string sweep)
    {
        try
        {
            _plans[sweep] = await plans.GetAsync(sweep);
        }
        catch (SpecException e)
        {
            // One sweep whose files were removed from the store must not keep every other from running.
            LogPlanMissing(logger, e, sweep);
            _queue.Remove(sweep, clock.GetUtcNow());
        }
    }

    private void NoteDelivery(Settlement settlement, bool whole)
    {
        if (whole)
        {
            _pauses.Delivered((settlement.Run, settlement.Token));
        }
        else
        {
            _pauses.Failed((settlement.Run, settlement.Token), clock.GetUtcNow());
        }
    }
}

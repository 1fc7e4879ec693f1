using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Grains.Telemetry;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace AdvSeg.Grains;

/// <summary>Hosts <see cref="LeaseQueue"/>: stores its snapshot, asks membership who lives, and carries settlements to their runs.</summary>
[Reentrant, KeepAlive, GrainType("scheduler")]
public sealed partial class SchedulerGrain(
    [PersistentState("scheduler", StorageNames.Artifacts)] IPersistentState<QueueSnapshot> state,
    IArtifactStore store,
    IGrainFactory grains,
    PlanCatalog plans,
    LeasePolicy policy,
    IClusterMembershipService membership,
    ILocalSiloDetails silo,
    SchedulerMetrics metrics,
    SweepTraces traces,
    TimeProvider clock,
    ILogger<SchedulerGrain> logger) : Grain, ISchedulerGrain
{
    /// <summary>The most grants in one answer: a worker with more free slots asks again, and renewals are heard in between.</summary>
    private const int MostGrants = 64;
    private static readonly TimeSpan ChargeEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private readonly QueuedPlans _plans = new(plans, logger);
    private readonly WorkerRoster _roster = new();
    private readonly ExecutorCalls _executors = new(grains, logger);
    private readonly SchedulerTelemetry _telemetry = new(metrics, traces, clock);
    private readonly StoredEndings _endings = new(store, clock, logger);
    private readonly Signal _work = new();
    private LeaseQueue _queue = null!;
    private QueueCommit _commit = null!;
    private SettlementDelivery _delivery = null!;
    private WorkerAnswers _answers = null!;
    private WorkerLives _lives = null!;
    private DateTimeOffset _charged;
    private bool _disbelieved;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await StoredQueue.RequireAsync(state, store, cancellationToken);

        // This write claims the state: an older activation that still runs fails on the ETag at its next write.
        state.State = state.State with { Epoch = state.State.Epoch + 1 };
        await state.WriteStateAsync(cancellationToken);
        _queue = new LeaseQueue(state.State, (sweep, index) => _plans[sweep].Runs[index].Run, policy, clock.GetUtcNow());
        _commit = new QueueCommit(state, _queue, _telemetry, logger) { Failed = Disbelieve };
        _delivery = new SettlementDelivery(grains, _telemetry, Period, clock, logger) { Acknowledged = Acknowledge };
        _answers = new WorkerAnswers(_roster, clock);
        _telemetry.Activated(state.State);
        _charged = clock.GetUtcNow();
        _lives = new WorkerLives(membership, silo, policy, _telemetry, logger);
        foreach (SweepQueue sweep in state.State.Sweeps)
        {
            if (!await _plans.TryLoadAsync(sweep.Sweep))
            {
                _queue.Remove(sweep.Sweep, clock.GetUtcNow());
            }
        }

        if (await _endings.LearnAsync(state.State.Leases.Where(l => _lives.Of(l.Worker) is WorkerLiveness.Dead), _queue))
        {
            await _commit.CommitAsync();
        }

        // The first tick is immediate: a worker's death often causes this activation, and that worker's runs wait.
        var tick = new GrainTimerCreationOptions(TimeSpan.Zero, Period) { Interleave = true, KeepAlive = true };
        _lives.Watch(Period, this.RegisterGrainTimer(TickAsync, tick));
        LogActivated(logger, state.State.Epoch, state.State.Sweeps.Count, state.State.Leases.Count);
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _telemetry.Deactivated();
        _lives.End();
        return Task.CompletedTask;
    }

    public Task Touch() => Task.CompletedTask;

    public Task<IReadOnlyList<WorkerView>> GetWorkers() => Task.FromResult(_roster.View(_queue.Leases, clock.GetUtcNow()));

    public async Task Want(SweepWants wants)
    {
        if (!wants.Ended)
        {
            _plans.Keep(wants.Sweep, await plans.GetAsync(wants.Sweep));
        }

        Lease[] before = [.. _queue.Leases];
        _queue.Want(wants, clock.GetUtcNow());
        _telemetry.Wanted(wants);
        Lease[] dropped = [.. before.ExceptBy(_queue.Leases.Select(l => l.Token), l => l.Token)];
        await CommitAndWakeAsync();

        // The change is stored, so attempts that nobody wants now are stopped through their executors, sooner than by a renewal.
        _executors.Stop(dropped, StopRequest.Abandon);
        _executors.Stop(_queue.Stopping, StopRequest.Checkpoint);
    }

    public Task<OpenRuns> GetOpenRuns(string sweep) => _commit.OpenRunsAsync(sweep);

    public async Task<RunStanding> GetStanding(string sweep, int index)
    {
        string run = (await plans.GetAsync(sweep)).Runs[index].Run;
        return _queue.StandingOf(sweep, index, run, await GetWorkers(), clock.GetUtcNow());
    }

    public async Task<DrainReply> Drain(string worker)
    {
        string name = _roster.Drain(worker);
        _work.Set();
        if (_queue.Leases.FirstOrDefault(l => l.Worker == name) is { } lease)
        {
            _executors.Drain(lease);
        }

        return await _answers.DrainAsync(name, drains: true);
    }

    public Task<DrainReply> Undrain(string worker) => _answers.DrainAsync(_roster.Undrain(worker), drains: false);

    public async Task<LeaseReply> Lease(LeaseRequest request)
    {
        DateTimeOffset deadline = clock.GetUtcNow() + LongPoll;
        _roster.Seen(request, clock.GetUtcNow());
        _lives.Heard(request.Worker);
        _work.Set();
        string numerics = request.Numerics.ToString();
        if (_queue.Reconcile(request.Worker, request.Sequence, request.Held.ToHashSet(), clock.GetUtcNow()))
        {
            await _commit.CommitAsync();
        }

        while (request.Free > 0 && !_disbelieved && _roster.IsCurrent(request) && clock.GetUtcNow() < deadline)
        {
            bool leaves = _roster.IsLeaving(request.Worker) || _lives.Of(request.Worker) is WorkerLiveness.Dead;
            List<(Lease Lease, Plan Plan)> leases = leaves ? [] : TakeUpTo(Math.Min(request.Free, MostGrants), request, numerics);
            if (leases.Count == 0)
            {
                await _work.WaitAsync(deadline - clock.GetUtcNow(), clock);
                continue;
            }

            HashSet<long> finished = await _endings.CompleteFinishedAsync([.. leases.Select(l => l.Lease)], _queue);
            leases.RemoveAll(l => finished.Contains(l.Lease.Token));
            await _commit.CommitAsync();
            Deliver();
            if (leases.Count > 0)
            {
                Failpoint.Reach(Failpoint.AfterGrantWrite);
                return new LeaseReply(request.Sequence, await Task.WhenAll(leases.Select(l => GrantAsync(l.Lease, l.Plan))));
            }
        }

        return new LeaseReply(request.Sequence, []);
    }

    public Task<RenewReply> Renew(RenewRequest request)
    {
        DateTimeOffset now = clock.GetUtcNow();
        bool known = _roster.Renewed(request, now);
        _lives.Heard(request.Worker);
        _answers.Heard();
        List<RenewedToken> tokens = [.. request.Tokens.Zip(request.CheckpointSteps, (token, step) => new RenewedToken(token, step))];
        IReadOnlyDictionary<long, StopRequest> answers = _queue.Renew(request.Worker, tokens, now);
        return Task.FromResult(new RenewReply(
            [.. answers.Where(a => a.Value == StopRequest.Abandon).Select(a => a.Key)],
            [.. answers.Where(a => a.Value == StopRequest.Checkpoint).Select(a => a.Key)],
            Drain: _roster.IsLeaving(request.Worker),
            Introduce: !known,
            GoOn: _roster.GoesOn(request.Worker)));
    }

    public Task Utilise(string worker, RunUtilisation[] runs)
    {
        _roster.Utilise(worker, runs);
        return Task.CompletedTask;
    }

    public async Task Complete(string run)
    {
        if (!await store.ExistsAsync(ArtifactKeys.RunResult(new RunId(run))))
        {
            throw new SpecException($"run {run} has no result in the store, so it is not completed.");
        }

        _telemetry.Ended(_queue.Leases.Any(l => l.Run == run), AttemptEnd.Completed);
        _queue.Complete(run, foundBeforeTraining: false, clock.GetUtcNow());
        await SettledAsync();
    }

    public async Task<bool> Fail(FailedAttempt attempt)
    {
        bool current = _queue.Fail(attempt.Token, attempt.Failure, attempt.Message, attempt.LogTail, clock.GetUtcNow());
        _telemetry.Ended(current, AttemptEnd.Failed);
        await SettledAsync();
        return current;
    }

    public async Task<bool> Release(long token, AttemptEnd end, int checkpointStep, string? why)
    {
        bool current = _queue.Release(token, end, checkpointStep, clock.GetUtcNow(), why);
        _telemetry.Ended(current, end);
        await CommitAndWakeAsync();
        return current;
    }

    private async Task<LeaseGrant> GrantAsync(Lease lease, Plan plan) => new(
        lease.Token,
        lease.Run,
        plan.RunSpecOf(lease.Waiters[0].Index),
        [.. lease.Waiters.Select(w => w.Sweep)],
        lease.History.Ended + 1,
        await _telemetry.GrantedAsync(lease));

    /// <summary>Grants leases, each with the plan of its first waiter: that sweep may leave the queue before the worker is answered.</summary>
    private List<(Lease Lease, Plan Plan)> TakeUpTo(int free, LeaseRequest request, string numerics)
    {
        List<(Lease, Plan)> leases = [];
        while (leases.Count < free && _queue.Grant(request.Worker, request.Sequence, numerics, clock.GetUtcNow(), request.Canary) is { } lease)
        {
            leases.Add((lease, _plans[lease.Waiters[0].Sweep]));
        }

        return leases;
    }

    /// <summary>Ends leases that nobody renews, and delivers unacknowledged settlements again.</summary>
    private async Task TickAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset now = clock.GetUtcNow();
        bool lost = _lives.EndExpired(_queue, now);
        bool charge = _queue.Leases.Count > 0 && now - _charged >= ChargeEvery;
        if (charge)
        {
            _queue.ChargeRunning(now);
            _charged = now;
        }

        _roster.Prune(now);
        _plans.KeepOnly(_queue.Sweeps);
        if (lost || charge || _commit.HasNews)
        {
            await _commit.CommitAsync();
        }

        Deliver();

        // Delayed retries become ready by time alone.
        _work.Set();
        _lives.EvictSilent(now);
    }

    private void Deliver() => _delivery.Deliver(_queue.Outbox, _commit.Settled);

    /// <summary>Takes an acknowledgement, to be stored with the next change. One that is lost before is given again.</summary>
    private void Acknowledge(Settlement settlement, string sweep)
    {
        _queue.Acknowledge(settlement.Run, settlement.Token, sweep);
        _commit.Note(sweep, settlement.Run);
    }

    /// <summary>Ends this activation, whose memory differs from the store, and the calls that wait for work, which would keep it alive.</summary>
    private void Disbelieve()
    {
        _disbelieved = true;
        _work.Set();
        DeactivateOnIdle();
    }

    private async Task SettledAsync()
    {
        await _commit.CommitAsync();
        Failpoint.Reach(Failpoint.AfterSettleWrite);
        Deliver();
        _work.Set();
    }

    private async Task CommitAndWakeAsync()
    {
        await _commit.CommitAsync();
        _work.Set();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Scheduler active: epoch {Epoch}, {Sweeps} sweeps, {Leases} leases")]
    private static partial void LogActivated(ILogger logger, long epoch, int sweeps, int leases);
}

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
using Orleans.Storage;

namespace AdvSeg.Grains;

/// <summary>Hosts <see cref="LeaseQueue"/>: stores its snapshot, asks membership who lives, and carries settlements to their runs.</summary>
[Reentrant]
[KeepAlive]
[GrainType("scheduler")]
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
    private const int MostDeliveries = 256;

    /// <summary>In one answer: a worker of a thousand free slots asks again, and renewals are heard in between.</summary>
    private const int MostGrants = 64;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ChargeEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    /// <summary>Plans of the sweeps in the queue: its decisions cannot wait for the store.</summary>
    private readonly Dictionary<string, Plan> _plans = [];
    private readonly WorkerRoster _roster = new();
    private readonly SilentWorkers _silent = new(policy.TimeToLive);
    private readonly HashSet<(string Run, long Token)> _delivering = [];
    private readonly ExecutorCalls _executors = new(grains, logger);
    private readonly SchedulerTelemetry _telemetry = new(metrics, traces, clock);
    private readonly WaiterCalls _waiters = new(grains, logger);
    private readonly Signal _work = new();
    private readonly Signal _called = new();
    private readonly DeliveryPauses _pauses = new(Period);
    private HashSet<(string Run, long Token)> _stored = [];
    private List<(string Sweep, string Run)> _acknowledged = [];
    private LeaseQueue _queue = null!;
    private GroupCommit _commit = null!;
    private Task _eviction = Task.CompletedTask;
    private DateTimeOffset _charged;
    private bool _disbelieved;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await StoredQueue.RequireAsync(state, store, cancellationToken);

        // Claiming the state by a write makes an older activation that still believes in itself lose on the ETag.
        state.State = state.State with { Epoch = state.State.Epoch + 1 };
        await state.WriteStateAsync(cancellationToken);
        _queue = new LeaseQueue(state.State, (sweep, index) => _plans[sweep].Runs[index].Run, policy, clock.GetUtcNow());
        _commit = new GroupCommit(WriteAsync);
        _stored = SettledIn(state.State);
        _telemetry.Activated(state.State);
        _charged = clock.GetUtcNow();
        foreach (SweepQueue sweep in state.State.Sweeps)
        {
            await LoadPlanAsync(sweep.Sweep);
        }

        await LearnAsync();

        // At once: who activates it anew is often the death of a worker, whose runs wait.
        this.RegisterGrainTimer(
            TickAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Period, Interleave = true, KeepAlive = true });
        LogActivated(logger, state.State.Epoch, state.State.Sweeps.Count, state.State.Leases.Count);
    }

    public Task Touch() => Task.CompletedTask;

    public Task<IReadOnlyList<WorkerView>> GetWorkers() => Task.FromResult(_roster.View(_queue.Leases, clock.GetUtcNow()));

    public async Task Want(SweepWants wants)
    {
        if (!wants.Ended)
        {
            _plans[wants.Sweep] = await plans.GetAsync(wants.Sweep);
        }

        Lease[] before = [.. _queue.Leases];
        _queue.Want(wants, clock.GetUtcNow());
        _telemetry.Wanted(wants);
        Lease[] dropped = [.. before.ExceptBy(_queue.Leases.Select(l => l.Token), l => l.Token)];
        await CommitAndWakeAsync();

        // Once the change is stored, attempts that nobody wants now are told by their executors, which is sooner than by a renewal.
        _executors.Stop(dropped, StopRequest.Abandon);
        _executors.Stop(_queue.Stopping, StopRequest.Checkpoint);
    }

    public Task<OpenRuns> GetOpenRuns(string sweep) => Task.FromResult(_queue.OpenRunsOf(sweep));

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

        return await HeardAsync(name, drains: true);
    }

    public async Task<LeaseReply> Lease(LeaseRequest request)
    {
        DateTimeOffset deadline = clock.GetUtcNow() + LongPoll;
        _roster.Seen(request, clock.GetUtcNow());
        _silent.Remove(request.Worker);
        _work.Set();
        string numerics = request.Numerics.ToString();
        if (_queue.Reconcile(request.Worker, request.Sequence, request.Held.ToHashSet(), clock.GetUtcNow()))
        {
            await _commit.CommitAsync();
        }

        while (request.Free > 0 && !_disbelieved && _roster.IsCurrent(request) && clock.GetUtcNow() < deadline)
        {
            bool leaves = _roster.IsLeaving(request.Worker) || LivenessOf(request.Worker) is WorkerLiveness.Dead;
            List<(Lease Lease, Plan Plan)> leases = leaves ? [] : TakeUpTo(Math.Min(request.Free, MostGrants), request, numerics);
            if (leases.Count == 0)
            {
                await WaitForWorkAsync(deadline - clock.GetUtcNow());
                continue;
            }

            await DropFinishedAsync(leases);
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
        _silent.Remove(request.Worker);
        _called.Set();
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

    /// <summary>Each with the plan of its first waiter: that sweep may leave the queue before the answer is given.</summary>
    private List<(Lease Lease, Plan Plan)> TakeUpTo(int free, LeaseRequest request, string numerics)
    {
        List<(Lease, Plan)> leases = [];
        while (leases.Count < free && _queue.Grant(request.Worker, request.Sequence, numerics, clock.GetUtcNow(), request.Canary) is { } lease)
        {
            leases.Add((lease, _plans[lease.Waiters[0].Sweep]));
        }

        return leases;
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

    private async Task WaitForWorkAsync(TimeSpan atMost)
    {
        if (atMost > TimeSpan.Zero)
        {
            await Task.WhenAny(_work.Next, Task.Delay(atMost, clock));
        }
    }

    private static HashSet<(string Run, long Token)> SettledIn(QueueSnapshot snapshot) => [.. snapshot.Outbox.Select(s => (s.Run, s.Token))];

    private async Task WriteAsync()
    {
        QueueSnapshot snapshot = _queue.Snapshot();
        (List<(string Sweep, string Run)> acknowledged, _acknowledged) = (_acknowledged, []);
        state.State = snapshot;
        try
        {
            await state.WriteStateAsync();
            _telemetry.Stored(snapshot, _stored);
            _stored = SettledIn(snapshot);
            acknowledged.ForEach(a => LogAcknowledged(logger, a.Sweep, a.Run));
        }
        catch (Exception e)
        {
            // What is in memory was not stored and must not be believed; the next activation reads the truth.
            // Whoever waits for work here would keep this activation, and with it everybody's renewals, until it is tired of waiting.
            LogWriteFailed(logger, e, e is InconsistentStateException);
            _disbelieved = true;
            _work.Set();
            DeactivateOnIdle();
            throw;
        }
    }
}

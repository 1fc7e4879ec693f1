using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Settings;
using AdvSeg.Silo.Telemetry;
using AdvSeg.Silo.Telemetry.Gpu;
using AdvSeg.Storage.Cohorts;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// Leases runs for this silo's free slots, owns their training threads, and renews all tokens in one call a second. One per worker
/// silo; started when the silo is active and drained before it leaves the cluster.
/// </summary>
public sealed partial class WorkerAgent : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestAfterRefusal = TimeSpan.FromSeconds(30);

    private readonly HeldAttempts _attempts = new();
    private readonly CancellationTokenSource _renewing = new();
    private readonly IGrainFactory _grains;
    private readonly ITrainer _trainer;
    private readonly TimeProvider _clock;
    private readonly ILogger<WorkerAgent> _logger;
    private readonly AttemptContext _context;
    private readonly EndingReporter _endings;
    private readonly LiveReports _live;
    private readonly RenewalFence _fence;
    private readonly SlotCount _count;
    private readonly TrainingSlots _slots;
    private readonly FreeSlots _free;
    private readonly LeaseCalls _calls;
    private readonly WorkerDrain _drain;
    private readonly string _worker;
    private readonly List<Task> _loops = [];

    public WorkerAgent(
        ILocalSiloDetails silo,
        IGrainFactory grains,
        ITrainer trainer,
        TrainerIdentity identity,
        IArtifactStore store,
        CohortCache cohorts,
        SiloSettings settings,
        WorkerMetrics metrics,
        SiloMetrics siloMetrics,
        TimeProvider clock,
        IHostApplicationLifetime host,
        ILogger<WorkerAgent> logger,
        GpuMetrics? gpu = null)
    {
        _grains = grains;
        _trainer = trainer;
        _clock = clock;
        _logger = logger;
        _endings = new EndingReporter(grains, clock, logger);
        _count = new SlotCount(settings.Slots, logger);
        _slots = new TrainingSlots(() => _count.Now) { Entered = metrics.SlotTaken, Left = metrics.SlotFreed };
        _worker = silo.SiloAddress.ToParsableString();
        _live = new LiveReports(_worker, grains, gpu, logger);
        _fence = new RenewalFence(settings.Lease.TimeToLive, clock);
        _free = new FreeSlots(_count, _attempts);
        _calls = new LeaseCalls(_worker, identity.Numerics, trainer, _count, _attempts, grains);
        _drain = new WorkerDrain(_attempts, _free, _calls, settings.Role, host, logger) { Renew = RenewAsync, Lease = BeginToLease };
        metrics.Slots = () => (_slots.Taken, _count.Now);
        _context = new AttemptContext(
            _worker, store, cohorts, settings.Checkpoints, _fence, clock, logger, () => siloMetrics.Fenced("attempt"))
        {
            Metrics = metrics,
            Slots = _slots,
            LayoutKnown = settings.Memory?.Without(settings.CohortMegabytes) is { } memory
                ? (grant, layout) => _count.LowerTo(memory.Fitting(grant.Spec, layout), grant.Run, memory.Megabytes)
                : null,
        };
    }

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(WorkerAgent), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <summary>It leases nothing more and lets go of what it has.</summary>
    public bool IsDraining => _drain.IsDraining;

    public Attempt? Find(long token) => _attempts.Find(token);

    /// <summary>Begins to let go of everything, once; returns at once.</summary>
    public void RequestDrain() => _drain.Request();

    public void Dispose()
    {
        _drain.Dispose();
        _calls.Dispose();
        _free.Dispose();
        _renewing.Dispose();
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        BeginToLease(_drain.Leasing);
        Keep(RenewLoopAsync(_renewing.Token));
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _drain.LeaveAsync(cancellationToken);
        await _renewing.CancelAsync();
        Task[] loops;
        lock (_loops)
        {
            loops = [.. _loops];
        }

        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void BeginToLease(CancellationToken stop) => Keep(LeaseLoopAsync(stop));

    private void Keep(Task loop)
    {
        lock (_loops)
        {
            _loops.Add(loop);
        }
    }

    private async Task LeaseLoopAsync(CancellationToken stop)
    {
        GrantTraces.Understand();
        bool first = true;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // The first canary trains a few steps, which must not hold up the silo's start.
                long began = _clock.GetTimestamp();
                string canary = await Task.Run(() => _trainer.Canary, stop);
                if (first)
                {
                    double seconds = _clock.GetElapsedTime(began).TotalSeconds;
                    LogAsks(_logger, canary, seconds);
                    first = false;
                }

                int free = _free.Now;
                if (free <= 0)
                {
                    await _free.WhenChangedAsync(stop);
                    continue;
                }

                long asked = _clock.GetTimestamp();
                await _calls.AskAsync(free, grant => Begin(grant, _clock.GetElapsedTime(asked)));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Any failure is survived: a worker that stopped asking would idle unnoticed.
                LogNoLease(_logger, e);
                await Task.Delay(RetryAfter, _clock, CancellationToken.None);
            }
        }
    }

    private void Begin(LeaseGrant grant, TimeSpan waited)
    {
        LogLeased(_logger, grant.Token, grant.Run, waited.TotalSeconds);
        var attempt = new Attempt(grant, _trainer, _context);
        _attempts.Add(attempt);
        _free.Take();
        if (_drain.IsDraining)
        {
            attempt.RequestStop(StopRequest.Checkpoint);
        }

        attempt.Start();
        _ = FollowAsync(attempt);
    }

    /// <summary>
    /// Frees the slot when the attempt is trained, then tells the scheduler how it ended. The token is renewed until that is heard.
    /// </summary>
    private async Task FollowAsync(Attempt attempt)
    {
        await TrainedAsync(attempt);
        bool counts = !attempt.Trained.IsCompleted;
        if (!counts)
        {
            _free.GiveBack();
        }

        AttemptEnding ending = await attempt.Ending;
        bool holds = attempt.InSlot;
        LogEnded(_logger, attempt.Grant.Token, attempt.Grant.Run, ending.GetType().Name);
        _count.LowerAfter(ending, attempt.Grant.Run, _slots.Taken + (holds ? 0 : 1));
        await _endings.TellAsync(attempt, ending, _drain.IsDraining, _renewing.Token);
        if (ending is AttemptEnding.Refused refused)
        {
            // The slot rests: this worker would only be refused again, and would keep the run from workers that are not.
            LogRefused(_logger, attempt.Grant.Token, attempt.Grant.Run, RestAfterRefusal.TotalSeconds, refused.Message);
            if (!counts)
            {
                _free.Take();
                counts = true;
            }

            if (!holds)
            {
                _slots.Rest();
                holds = true;
            }

            await Task.Delay(RestAfterRefusal, _clock, _drain.Leasing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _attempts.Remove(attempt);
        if (holds)
        {
            _slots.Leave();
        }

        if (counts)
        {
            _free.GiveBack();
        }
        else
        {
            _free.Changed();
        }
    }

    /// <summary>Waits until the attempt is trained. While only its last moments are left, one attempt more may be begun.</summary>
    private async Task TrainedAsync(Attempt attempt)
    {
        Task over = Task.WhenAny(attempt.Trained, attempt.Ending);
        await Task.WhenAny(attempt.EndInSight, over);
        if (!over.IsCompleted)
        {
            _free.EndInSight();
            await over;
            _free.Ended();
        }
    }

    private async Task RenewLoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await RenewAsync();
                await _live.SendAsync(_attempts.Now);
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private async Task RenewAsync()
    {
        RenewalMoment sent = _fence.Now();
        Attempt[] attempts = _attempts.Now;
        try
        {
            RenewReply reply = await _grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).Renew(new RenewRequest(
                _worker, [.. attempts.Select(a => a.Grant.Token)], [.. attempts.Select(a => a.CheckpointStep)], _drain.IsDraining));
            _attempts.Stop(reply.Abandon, StopRequest.Abandon);
            _attempts.Stop(reply.Checkpoint, StopRequest.Checkpoint);
            _fence.Renewed(sent);
            if (reply.GoOn)
            {
                await _drain.TakeBackAsync();
            }
            else if (reply.Drain)
            {
                _drain.Request();
            }
            else if (reply.Introduce)
            {
                await _calls.IntroduceAsync();
            }
        }
        catch (Exception e)
        {
            LogNotRenewed(_logger, e, attempts.Length);
        }
    }
}

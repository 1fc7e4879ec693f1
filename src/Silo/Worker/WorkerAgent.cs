using System.Collections.Concurrent;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
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

    private readonly ConcurrentDictionary<long, Attempt> _attempts = new();
    private CancellationTokenSource _leasing = new();
    private readonly CancellationTokenSource _renewing = new();
    private readonly SemaphoreSlim _slotFreed = new(0);
    private readonly IGrainFactory _grains;
    private readonly ITrainer _trainer;
    private readonly Numerics _numerics;
    private readonly SiloSettings _settings;
    private readonly TimeProvider _clock;
    private readonly IHostApplicationLifetime _host;
    private readonly ILogger<WorkerAgent> _logger;
    private readonly AttemptContext _context;
    private readonly EndingReporter _endings;
    private readonly LiveReports _live;
    private readonly RenewalFence _fence;
    private readonly SlotCount _count;
    private readonly TrainingSlots _slots;
    private readonly string _worker;
    private Task _loops = Task.CompletedTask;
    private long _sequence;
    private int _begun;
    private int _ending;
    private volatile bool _draining;
    private Task? _drained;

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
        _numerics = identity.Numerics;
        _settings = settings;
        _clock = clock;
        _host = host;
        _logger = logger;
        _endings = new EndingReporter(grains, clock, logger);
        _count = new SlotCount(settings.Slots, logger);
        _slots = new TrainingSlots(() => _count.Now) { Entered = metrics.SlotTaken, Left = metrics.SlotFreed };
        _worker = silo.SiloAddress.ToParsableString();
        _live = new LiveReports(_worker, grains, gpu, logger);
        _fence = new RenewalFence(settings.Lease.TimeToLive, clock);
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
        lifecycle.Subscribe(nameof(WorkerAgent), ServiceLifecycleStage.Active, StartAsync, DrainAsync);

    /// <summary>It leases nothing more and lets go of what it has.</summary>
    public bool IsDraining => _draining;

    public Attempt? Find(long token) => _attempts.GetValueOrDefault(token);

    public void Dispose()
    {
        _leasing.Dispose();
        _renewing.Dispose();
        _slotFreed.Dispose();
    }

    private ISchedulerGrain Scheduler => _grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _loops = Task.WhenAll(LeaseLoopAsync(_leasing.Token), RenewLoopAsync(_renewing.Token));
        return Task.CompletedTask;
    }

    private async Task LeaseLoopAsync(CancellationToken stop)
    {
        GrantTraces.Understand();
        bool first = true;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // The canary trains a few steps the first time: off the silo's start-up path.
                long began = _clock.GetTimestamp();
                string canary = await Task.Run(() => _trainer.Canary, stop);
                if (first)
                {
                    double seconds = _clock.GetElapsedTime(began).TotalSeconds;
                    LogAsks(_logger, canary, seconds);
                    first = false;
                }

                int free = Free();
                if (free <= 0)
                {
                    await _slotFreed.WaitAsync(stop);
                    continue;
                }

                long asked = _clock.GetTimestamp();
                LeaseReply reply = await Scheduler.Lease(Request(canary, free));
                double waited = _clock.GetElapsedTime(asked).TotalSeconds;
                foreach (LeaseGrant grant in reply.Grants)
                {
                    LogLeased(_logger, grant.Token, grant.Run, waited);
                    Begin(grant);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, a worker that stopped asking would idle unnoticed.
                LogNoLease(_logger, e);
                await Task.Delay(RetryAfter, _clock, CancellationToken.None);
            }
        }
    }

    /// <summary>
    /// Slots that nobody has begun an attempt for, and those that will soon be left. An attempt that stores its result holds none, but attempts
    /// must not pile up before a closed store.
    /// </summary>
    private int Free() =>
        Math.Min(_count.Now - Volatile.Read(ref _begun) + Volatile.Read(ref _ending), (2 * _count.Now) - _attempts.Count);

    private LeaseRequest Request(string canary, int free) =>
        new(_worker, Interlocked.Increment(ref _sequence), _numerics, canary, _count.Now, free, [.. _attempts.Keys]);

    private void Begin(LeaseGrant grant)
    {
        var attempt = new Attempt(grant, _trainer, _context);
        _attempts[grant.Token] = attempt;
        Interlocked.Increment(ref _begun);
        if (_draining)
        {
            attempt.RequestStop(StopRequest.Checkpoint);
        }

        attempt.Start();
        _ = FollowAsync(attempt);
    }

    /// <summary>Asks for more when it is trained, or soon will be; tells the scheduler how it ended; renews its token until that is heard.</summary>
    private async Task FollowAsync(Attempt attempt)
    {
        await TrainedAsync(attempt);
        bool counts = !attempt.Trained.IsCompleted;
        if (!counts)
        {
            AskForMore(ref _begun, -1);
        }

        AttemptEnding ending = await attempt.Ending;
        bool holds = attempt.InSlot;
        LogEnded(_logger, attempt.Grant.Token, attempt.Grant.Run, ending.GetType().Name);
        _count.LowerAfter(ending, attempt.Grant.Run, _slots.Taken + (holds ? 0 : 1));
        await _endings.TellAsync(attempt, ending, _draining, _renewing.Token);
        if (ending is AttemptEnding.Refused refused)
        {
            // A slot rests: it would only be refused again, and keep the run from workers that are not.
            LogRefused(_logger, attempt.Grant.Token, attempt.Grant.Run, RestAfterRefusal.TotalSeconds, refused.Message);
            if (!counts)
            {
                Interlocked.Increment(ref _begun);
                counts = true;
            }

            if (!holds)
            {
                _slots.Rest();
                holds = true;
            }

            await Task.Delay(RestAfterRefusal, _clock, _leasing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        _attempts.TryRemove(attempt.Grant.Token, out _);
        if (holds)
        {
            _slots.Leave();
        }

        AskForMore(ref _begun, counts ? -1 : 0);
    }

    /// <summary>While only its last moments are left, one attempt more may be begun.</summary>
    private async Task TrainedAsync(Attempt attempt)
    {
        Task over = Task.WhenAny(attempt.Trained, attempt.Ending);
        await Task.WhenAny(attempt.EndInSight, over);
        if (!over.IsCompleted)
        {
            AskForMore(ref _ending, 1);
            await over;
            Interlocked.Decrement(ref _ending);
        }
    }

    private void AskForMore(ref int count, int change)
    {
        Interlocked.Add(ref count, change);
        _slotFreed.Release();
    }

    private async Task RenewLoopAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await RenewAsync();
                await _live.SendAsync([.. _attempts.Values]);
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
        Attempt[] attempts = [.. _attempts.Values];
        try
        {
            RenewReply reply = await Scheduler.Renew(new RenewRequest(
                _worker, [.. attempts.Select(a => a.Grant.Token)], [.. attempts.Select(a => a.CheckpointStep)], _draining));
            foreach (long token in reply.Abandon)
            {
                Find(token)?.RequestStop(StopRequest.Abandon);
            }

            foreach (long token in reply.Checkpoint)
            {
                Find(token)?.RequestStop(StopRequest.Checkpoint);
            }

            _fence.Renewed(sent);
            if (reply.GoOn)
            {
                await LeaseAgainAsync();
            }
            else if (reply.Drain)
            {
                RequestDrain();
            }
            else if (reply.Introduce)
            {
                await Scheduler.Lease(Request(_trainer.Canary, free: 0));
            }
        }
        catch (Exception e)
        {
            LogNotRenewed(_logger, e, attempts.Length);
        }
    }
}

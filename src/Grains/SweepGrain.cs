using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// Hosts <see cref="SweepMachine"/>: reads what is stored, carries out what comes next, tells the scheduler. Nothing is answered before it
/// is durable, and a failed write ends this activation: the next one reads the truth.
/// </summary>
[GrainType("sweep")]
public sealed partial class SweepGrain(
    [PersistentState("sweep", StorageNames.Artifacts)] IPersistentState<SweepState> state,
    IArtifactStore store,
    PlanCatalog plans,
    TrainerIdentity trainer,
    SweepTraces traces,
    TimeProvider clock,
    ILogger<SweepGrain> logger) : Grain, ISweepGrain
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Rested = TimeSpan.FromMinutes(1);
    private SweepMemory _memory = null!;
    private IGrainTimer? _goOn;

    private SweepId Id => new(this.GetPrimaryKeyString());

    private SweepMachine Sweep => _memory.Required.Machine;

    private SweepFiles Files => new(store, Id, DeactivateOnIdle);

    private ISchedulerGrain Scheduler => GrainFactory.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _memory = new SweepMemory(Id, ReadAsync);
        this.RegisterGrainTimer(RestAsync, new GrainTimerCreationOptions { DueTime = Rested, Period = Rested });
        if (state is { RecordExists: false, Etag: not null })
        {
            throw DamagedException.Of(ArtifactKeys.SweepState(Id), "is empty");
        }

        if (state.State.Stage is not null)
        {
            // Claiming the state by a write makes an older activation that still believes in itself lose on the ETag.
            await StoreAsync(state.State with { Epoch = state.State.Epoch + 1 });
            await RestoreAsync();
            GoOnSoon();
        }
    }

    public async Task<SweepStatus> Start(SweepSubmission submission)
    {
        if (state.State.Stage is null)
        {
            // The scheduler's state is stored before that of any sweep: one without the other is a loss.
            await Scheduler.Touch();
            Plan plan = await Files.PlanAsync(submission, trainer);
            await traces.KeepAsync(Id);
            await StoreAsync(state.State with { Stage = SweepStages.First(plan, tuning: null), Started = clock.GetUtcNow(), Epoch = 1 });
            await StartedAsync();
            LogStarted(logger, Id.Value, Sweep.Ledger.Planned);
        }

        submission.Spec.RequireIs((await plans.GetAsync(Id.Value)).Spec);
        return (await GetStatus())!;
    }

    public Task<bool> Touch() => Task.FromResult(_memory.Over is not null || IsOver);

    public async Task<SweepStatus?> GetStatus() =>
        _memory.Over is { } over ? await Files.WithReportAsync(over)
        : _memory.Loaded is { Machine: var sweep } ? await Files.WithReportAsync(SweepStatus.Of(sweep, await OpenRunsAsync(), reported: false))
        : null;

    public async Task<RunPage> GetRuns(int offset, int count, RunState? state) =>
        await _memory.FindAsync() is { Rows: var rows }
            ? await rows.PageAsync(offset, count, state, await OpenRunsAsync())
            : new RunPage(0, offset, []);

    public async Task<CellRuns> GetCell(int fold, int? level) =>
        (await _memory.FindAsync())?.Machine.Ledger.CellOf(fold, level) ?? new CellRuns([], []);

    public async Task Pause() => await AskAsync((await _memory.RequireAsync()).Machine.SetPaused(true));

    public async Task Resume() => await AskAsync((await _memory.RequireAsync()).Machine.SetPaused(false));

    public async Task PauseRuns(string[] runs) => await AskAsync((await _memory.RequireAsync()).Machine.PauseRuns(runs));

    public async Task ResumeRuns(string[] runs) => await AskAsync((await _memory.RequireAsync()).Machine.ResumeRuns(runs));

    public async Task Cancel(string reason)
    {
        if (await _memory.FindAsync() is { Machine: var sweep })
        {
            await AskAsync(sweep.Cancel(reason, await OpenRunsAsync(), clock.GetUtcNow()));
        }
    }

    public async Task CancelRuns(string[] runs, string reason)
    {
        await (await _memory.RequireAsync()).Steps.CancelAsync(runs, reason);
        await TellAsync();
    }

    public async Task<int> Retry(RetryRequest request)
    {
        (SweepMachine sweep, SweepSteps steps, _) = await _memory.RequireAsync();
        IReadOnlySet<int> lost = await steps.LostAsync(request.Runs);
        if (sweep.Retry(request.Runs, request.Failed, request.Cancelled, clock.GetUtcNow(), lost) is not { } order)
        {
            return 0;
        }

        await steps.OrderAsync(order);
        Failpoint.Reach(Failpoint.AfterRetryPut);
        await CarryOutOrderAsync();
        int runs = order.Indices().Count();
        LogRetried(logger, Id.Value, runs, Sweep.Stage);
        GoOnSoon();
        return runs;
    }

    public async Task RunSettled(SettledRun settled)
    {
        (string run, RunOutcome outcome) = settled;
        if (_memory.Loaded?.Machine.Awaits(run) is not { } index)
        {
            return;
        }

        if (outcome is RunOutcome.Failed failed && !(await OpenRunsAsync()).Settling.Contains(new OpenSettlement(index, failed.Attempt)))
        {
            // The run was retried while this was on its way: another attempt decides.
            return;
        }

        Sweep.RequireMaySettle(index, outcome);
        if (outcome is RunOutcome.Failed)
        {
            // A failure belongs to this sweep alone; it must be in the store before the scheduler may forget it.
            await Files.PutOutcomeAsync(run, outcome);
        }

        Failpoint.Reach(Failpoint.BeforeSweepAcknowledges);
        if (Sweep.Settle(index, outcome) && Sweep.Next() is not SweepStep.Nothing)
        {
            GoOnSoon();
        }
    }

    public async Task<Why?> GetWhy(string run) =>
        await _memory.FindAsync() is { } loaded && loaded.Machine.Ledger.IndexOf(run) is { } index
            ? await loaded.Rows.WhyAsync(index, Scheduler)
            : null;

    private bool IsOver => _memory.Loaded is { Machine: { State.HasEnded: true } sweep } && sweep.Next() is SweepStep.Nothing;

    private async Task<OpenRuns> OpenRunsAsync() => state.State.HasEnded ? OpenRuns.None : await Scheduler.GetOpenRuns(Id.Value);

    private async Task StartedAsync()
    {
        try
        {
            await RestoreAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }

        await TellAsync();
    }

    /// <summary>If this fails while an activation starts, Orleans ends it and tells its caller why. Any other caller must end it.</summary>
    private async Task RestoreAsync()
    {
        await _memory.LoadAsync();
        await CarryOutOrderAsync();
    }

    private async Task<LoadedSweep> ReadAsync()
    {
        SweepRecords records = await Files.ReadAsync(await plans.GetAsync(Id.Value), state.State);
        var sweep = new SweepMachine(records, await Scheduler.GetOpenRuns(Id.Value));
        return new LoadedSweep(
            sweep,
            new SweepSteps(sweep, Files, Scheduler, traces, StoreAsync, clock),
            new SweepRows(sweep, Files, GrainFactory.GetGrain<IProgressHubGrain>(Id.Value)));
    }

    /// <summary>What was asked is stored, then the scheduler is told; asking again tells it again where that failed.</summary>
    private async Task AskAsync(SweepState? next)
    {
        if (next is not null)
        {
            await StoreAsync(next);
        }

        await TellAsync();
    }

    private async Task TellAsync()
    {
        GoOnSoon();
        if (Sweep.Next() is SweepStep.Tell tell)
        {
            await DoAsync(tell);
        }
    }

    /// <summary>Between two calls no order is under way: one that fails halfway is begun again by the next activation.</summary>
    private async Task CarryOutOrderAsync()
    {
        try
        {
            while (Sweep.IsRetrying)
            {
                await DoAsync(Sweep.Next());
            }
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    /// <summary>Settlements come up and commands go down in different turns, so that no grain waits for one that waits for it.</summary>
    private void GoOnSoon() =>
        _goOn ??= this.RegisterGrainTimer(GoOnAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Again, KeepAlive = true });

    private async Task GoOnAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (Sweep.Next() is var step and not SweepStep.Nothing)
            {
                await DoAsync(step);
            }

            // Not before: this ends the timer's token, and without the timer nobody would try again.
            _goOn?.Dispose();
            _goOn = null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotGoneOn(logger, e, Id.Value);
        }
    }

    /// <summary>A sweep that is over is let go when nobody has looked into it for a while, and read again when somebody does.</summary>
    private async Task RestAsync(CancellationToken cancellationToken) => _memory.Rest(IsOver && _goOn is null ? await GetStatus() : null);

    private async Task DoAsync(SweepStep step)
    {
        await _memory.Loaded!.Steps.DoAsync(step);
        if (step is SweepStep.Enter enter)
        {
            LogEntered(logger, Id.Value, enter.Reason);
        }
        else if (step is SweepStep.DecideTuning or SweepStep.DecideChoice && Sweep.IsRetrying)
        {
            LogLost(logger, Id.Value);
            await CarryOutOrderAsync();
        }
    }

    private async Task StoreAsync(SweepState next)
    {
        SweepState before = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = before;
            DeactivateOnIdle();
            throw;
        }

        _memory.Loaded?.Machine.Believe(next);
        if (next.HasEnded && !before.HasEnded)
        {
            LogEnded(logger, Id.Value, next.Stage!.Value);
        }
    }
}

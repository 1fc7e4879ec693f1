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
public sealed class SweepGrain(
    [PersistentState("sweep", StorageNames.Artifacts)] IPersistentState<SweepState> state,
    IArtifactStore store,
    PlanCatalog plans,
    TrainerIdentity trainer,
    SweepTraces traces,
    TimeProvider clock,
    ILogger<SweepGrain> logger) : Grain, ISweepGrain
{
    private static readonly TimeSpan Rested = TimeSpan.FromMinutes(1);
    private SweepMemory _memory = null!;
    private StoredSweep _stored = null!;

    private SweepId Id => new(this.GetPrimaryKeyString());

    private SweepMachine Sweep => _memory.Required.Machine;

    private SweepDriver Driver => _memory.Required.Driver;

    private SweepFiles Files => new(store, Id, DeactivateOnIdle);

    private ISchedulerGrain Scheduler => GrainFactory.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _memory = new SweepMemory(Id, ReadAsync);
        _stored = new StoredSweep(state, DeactivateOnIdle);
        this.RegisterGrainTimer(RestAsync, new GrainTimerCreationOptions { DueTime = Rested, Period = Rested });
        if (_stored.IsEmpty)
        {
            throw DamagedException.Of(ArtifactKeys.SweepState(Id), "is empty");
        }

        if (_stored.State is { Stage: not null } before)
        {
            // This write claims the state: an older activation that still runs fails on the ETag at its next write.
            await _stored.StoreAsync(before with { Epoch = before.Epoch + 1 });
            await _memory.LoadAsync();
            await Driver.CarryOutOrderAsync();
            Driver.GoOnSoon();
        }
    }

    public async Task<SweepStatus> Start(SweepSubmission submission)
    {
        if (_stored.State.Stage is null)
        {
            // The scheduler's state is stored before any sweep's, so that a store with sweeps and no scheduler state has lost it.
            await Scheduler.Touch();
            Plan plan = await Files.PlanAsync(submission, trainer);
            await traces.KeepAsync(Id);
            await _stored.StoreAsync(
                _stored.State with { Stage = SweepStages.First(plan, tuning: null), Started = clock.GetUtcNow(), Epoch = 1 });
            await LoadAsync();
            await Driver.StartAsync();
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

    public Task Pause() => AskAsync(sweep => sweep.SetPaused(true));

    public Task Resume() => AskAsync(sweep => sweep.SetPaused(false));

    public Task PauseRuns(string[] runs) => AskAsync(sweep => sweep.PauseRuns(runs));

    public Task ResumeRuns(string[] runs) => AskAsync(sweep => sweep.ResumeRuns(runs));

    public async Task Cancel(string reason)
    {
        if (await _memory.FindAsync() is { Machine: var sweep, Driver: var driver })
        {
            await driver.AskAsync(sweep.Cancel(reason, await OpenRunsAsync(), clock.GetUtcNow()));
        }
    }

    public async Task CancelRuns(string[] runs, string reason) => await (await _memory.RequireAsync()).Driver.CancelAsync(runs, reason);

    public async Task<int> Retry(RetryRequest request) => await (await _memory.RequireAsync()).Driver.RetryAsync(request);

    public async Task RunSettled(SettledRun settled)
    {
        (string run, RunOutcome outcome) = settled;
        if (_memory.Loaded?.Machine.Awaits(run) is not { } index)
        {
            return;
        }

        RunState before = Sweep.Ledger.States[index];
        if ((outcome is RunOutcome.Failed || before == RunState.Failed) && !(await OpenRunsAsync()).Settles(index, outcome))
        {
            // The run was retried while this settlement was on its way: another attempt decides.
            return;
        }

        if (outcome is RunOutcome.Failed && before == RunState.Completed)
        {
            // The result came while the run was queued again. It decides, unless it is lost: then the run was trained once more.
            if ((await Files.TryResultAsync(run)).Result is not null)
            {
                return;
            }

            Sweep.Lose(index);
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
            Driver.GoOnSoon();
        }
    }

    public async Task<Why?> GetWhy(string run) =>
        await _memory.FindAsync() is { } loaded && loaded.Machine.Ledger.IndexOf(run) is { } index
            ? await loaded.Rows.WhyAsync(index, Scheduler)
            : null;

    private bool IsOver => _memory.Loaded is { Machine: { State.HasEnded: true } sweep } && sweep.Next() is SweepStep.Nothing;

    private async Task<OpenRuns> OpenRunsAsync() => _stored.State.HasEnded ? OpenRuns.None : await Scheduler.GetOpenRuns(Id.Value);

    /// <summary>Orleans ends an activation whose reading fails while it starts. At any later time the activation must end itself.</summary>
    private async Task LoadAsync()
    {
        try
        {
            await _memory.LoadAsync();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private async Task<LoadedSweep> ReadAsync()
    {
        SweepRecords records = await Files.ReadAsync(await plans.GetAsync(Id.Value), _stored.State);
        var sweep = new SweepMachine(records, await Scheduler.GetOpenRuns(Id.Value));
        return new LoadedSweep(
            sweep,
            new SweepDriver(sweep, new SweepSteps(sweep, Files, Scheduler, traces, _stored, clock), this, logger),
            new SweepRows(sweep, Files, GrainFactory));
    }

    private async Task AskAsync(Func<SweepMachine, SweepState?> ask)
    {
        LoadedSweep loaded = await _memory.RequireAsync();
        await loaded.Driver.AskAsync(ask(loaded.Machine));
    }

    /// <summary>A sweep that is over is let go when nobody has looked into it for a while, and read again when somebody does.</summary>
    private async Task RestAsync(CancellationToken cancellationToken) => _memory.Rest(IsOver && Driver.IsIdle ? await GetStatus() : null);
}

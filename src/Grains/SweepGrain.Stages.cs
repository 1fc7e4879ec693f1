using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>How a sweep goes on: tuning, cross-validation, the choice, the ablation, the end. Each step may be repeated after a crash.</summary>
public sealed partial class SweepGrain
{
    /// <summary>
    /// Settlements come up and commands go down in different turns, so that no grain waits for one that waits for it.
    /// </summary>
    private void AdvanceSoon() =>
        _advance ??= this.RegisterGrainTimer(AdvanceAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = TimeSpan.FromSeconds(10), KeepAlive = true });

    private async Task AdvanceAsync(CancellationToken cancellationToken)
    {
        _advance?.Dispose();
        _advance = null;
        try
        {
            await AdvanceOnceAsync();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotAdvanced(logger, e, Id.Value);
            _advance ??= this.RegisterGrainTimer(AdvanceAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.FromSeconds(2), Period = TimeSpan.FromSeconds(10), KeepAlive = true });
        }
    }

    private async Task AdvanceOnceAsync()
    {
        if (state.State.Stage == SweepStage.Tuning && _ledger!.TuningSettled)
        {
            await LeaveTuningAsync();
        }

        if (state.State.Stage == SweepStage.CrossValidation && _ledger!.CrossValidationSettled)
        {
            if (_plan!.Spec.Ablation is null)
            {
                await FinishAsync();
                return;
            }

            Choice choice = _choice ?? await ChooseAsync();
            if (choice.Folds.Count == 0)
            {
                await EndAsync(SweepStage.Stopped, choice.Reason);
                return;
            }

            _choice = choice;
            _ledger.Choose(choice);
            await StoreAsync(state.State with { Stage = SweepStage.Ablation });
            LogChosen(logger, Id.Value, choice.Reason);
            await OrAgainAsync(() => Scheduler.AddSweep(Id.Value, Wanted()));
        }

        if (state.State.Stage == SweepStage.Ablation && _ledger!.Settled)
        {
            await FinishAsync();
        }
    }

    private async Task FinishAsync()
    {
        if (state.State.Retries > 0)
        {
            // A publisher that began before the retry may have stored what it had.
            await RemoveReportAsync();
        }

        await EndAsync(SweepStage.Finished, FailureSummary());
    }

    /// <summary>Runs that are wanted and not settled.</summary>
    private IndexRange[] Wanted() => [.. Enumerable.Range(0, _plan!.Runs.Count).Where(i => _ledger!.States[i] == RunState.Queued).ToRanges()];

    private async Task<Choice> ChooseAsync()
    {
        Plan chosen = _plan!.WithChosen(_tuning);
        return await DecideOnceAsync(
            ArtifactKeys.Choice(Id),
            async () => ChoiceRule.Decide(chosen, await ScoresAsync(chosen.Runs.Take(chosen.CrossValidationRuns))),
            choice => choice.Folds.Count > 0,
            Failpoint.AfterChoicePut);
    }

    private async Task EndAsync(SweepStage stage, string? message)
    {
        OpenRuns open = await Scheduler.GetOpenRuns(Id.Value);
        await StoreAsync(state.State with
        {
            Reused = state.State.Reused + (open.Queue?.Reused ?? 0),
            PausedRuns = [],
            Stage = stage,
            Ended = clock.GetUtcNow(),
            Message = message,
            Paused = false,
            CompletedBits = _ledger!.Bits(i => _ledger.States[i] == RunState.Completed),
        });
        LogEnded(logger, Id.Value, stage);
        await OrAgainAsync(() => Scheduler.RemoveSweep(Id.Value));
    }

    private string? FailureSummary() => _ledger!.Count(RunState.Failed) is > 0 and var failed ? $"{failed} runs failed; their figures are incomplete." : null;

    /// <summary>Everything this activation knows, from the plan, the choices, the outcomes and the scheduler; then whatever a crash left undone.</summary>
    private async Task RestoreAsync()
    {
        _plan = await plans.GetAsync(Id.Value);
        _ledger = new SweepLedger(_plan);
        _rows = new SweepRows(_plan, _ledger, _outcomes, store, GrainFactory.GetGrain<IProgressHubGrain>(Id.Value));
        if (await store.GetAsync(ArtifactKeys.Tuning(Id)) is { } tuned)
        {
            _tuning = CanonicalJson.Read<Tuning>(tuned.Data, ArtifactKeys.Tuning(Id));
            _ledger.Choose(_tuning);
        }

        if (await store.GetAsync(ArtifactKeys.Choice(Id)) is { } stored)
        {
            _choice = CanonicalJson.Read<Choice>(stored.Data, ArtifactKeys.Choice(Id));
            _ledger.Choose(_choice);
        }

        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.OutcomePrefix(Id)))
        {
            string run = Path.GetFileNameWithoutExtension(info.Key);
            if (_ledger.IndexOf(run) is { } index && await store.GetAsync(info.Key) is { } artifact)
            {
                _outcomes[index] = CanonicalJson.Read<RunOutcome>(artifact.Data, info.Key);
            }
        }

        _ledger.RestoreBits(state.State.CompletedBits, new RunOutcome.Completed());
        _ledger.RestoreBits(state.State.CancelledBits, new RunOutcome.Cancelled("with its sweep"));
        RetryOrder? pending = await PendingRetryAsync();
        OpenRuns open = await Scheduler.GetOpenRuns(Id.Value);
        if (state.State.HasEnded)
        {
            await RestoreEndAsync(open);
        }
        else
        {
            HashSet<int> retried = [.. pending?.Indices() ?? []];
            _ledger.Restore(open, _outcomes, retried);
            await RepairSchedulerAsync(open);
        }

        if (pending is not null)
        {
            await CarryOutAsync(pending);
        }
    }

    private async Task RestoreEndAsync(OpenRuns open)
    {
        _ledger!.Restore(new OpenRuns { Leases = [], Settling = [] }, _outcomes, new HashSet<int>());
        if (state.State.Stage == SweepStage.Cancelled)
        {
            _ledger.CancelRest();
        }

        if (open.Queue is not null)
        {
            await Scheduler.RemoveSweep(Id.Value);
        }
    }

    /// <summary>A crash between this sweep's write and the scheduler's leaves the scheduler behind.</summary>
    private async Task RepairSchedulerAsync(OpenRuns open)
    {
        IndexRange[] wanted = Wanted();
        if (open.Queue is null || wanted.Any(r => open.Queue.Missing(r).Any()))
        {
            await Scheduler.AddSweep(Id.Value, wanted);
        }

        int[] cancelled = [.. _outcomes.Where(o => o.Value is RunOutcome.Cancelled && IsOpen(open, o.Key)).Select(o => o.Key)];
        if (cancelled.Length > 0)
        {
            await Scheduler.Withdraw(Id.Value, cancelled);
        }

        if (!(open.Queue?.Held ?? []).SequenceEqual(state.State.PausedRuns))
        {
            await Scheduler.Hold(Id.Value, [.. state.State.PausedRuns]);
        }

        if ((open.Queue?.Paused ?? false) != state.State.Paused)
        {
            await Scheduler.SetPaused(Id.Value, state.State.Paused);
        }
    }

    /// <summary>The scheduler trains the run, or will.</summary>
    private static bool IsOpen(OpenRuns open, int index) =>
        open.Queue is { } queue
        && (queue.Requeued.Any(r => r.Index == index)
            || open.Leases.Any(l => l.Index == index)
            || open.Settling.Any(s => s.Index == index)
            || (queue.PositionOf(index) >= queue.Cursor && !queue.Withdrawn.Contains(index)));

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep}: {Reason}")]
    private static partial void LogChosen(ILogger logger, string sweep, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} ended: {Stage}")]
    private static partial void LogEnded(ILogger logger, string sweep, SweepStage stage);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} could not go on; it tries again in 2 s")]
    private static partial void LogNotAdvanced(ILogger logger, Exception exception, string sweep);
}

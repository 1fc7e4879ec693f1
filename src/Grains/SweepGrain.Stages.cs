using AdvSeg.Core;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>How a sweep goes on: cross-validation, the choice, the ablation, the end. Each step may be repeated after a crash.</summary>
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
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogNotAdvanced(logger, e, Id.Value);
            _advance ??= this.RegisterGrainTimer(AdvanceAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.FromSeconds(2), Period = TimeSpan.FromSeconds(10), KeepAlive = true });
        }
    }

    private async Task AdvanceOnceAsync()
    {
        if (state.State.Stage == SweepStage.CrossValidation && _ledger!.CrossValidationSettled)
        {
            if (_plan!.Spec.Ablation is null)
            {
                await FinishAsync();
                return;
            }

            _choice ??= await ChooseAsync();
            _ledger.Choose(_choice);
            if (_choice.Folds.Count == 0)
            {
                await EndAsync(SweepStage.Stopped, _choice.Reason);
                return;
            }

            await StoreAsync(state.State with { Stage = SweepStage.Ablation });
            LogChosen(logger, Id.Value, _choice.Reason);
            await FollowAsync(QueueAblationAsync);
        }

        if (state.State.Stage == SweepStage.Ablation && _ledger!.Settled)
        {
            await FinishAsync();
        }
    }

    private async Task FinishAsync()
    {
        OpenRuns open = await Scheduler.GetOpenRuns(Id.Value);
        await StoreAsync(state.State with { Reused = open.Queue?.Reused ?? state.State.Reused });
        await EndAsync(SweepStage.Finished, FailureSummary());
    }

    private async Task QueueAblationAsync()
    {
        IReadOnlyList<IndexRange> ranges = SweepLedger.RangesOf(_plan!, _choice!);
        if (ranges.Count > 0)
        {
            await Scheduler.Extend(Id.Value, [.. ranges]);
        }
    }

    /// <summary>Decided once: the first stored choice stands, whoever stored it.</summary>
    private async Task<Choice> ChooseAsync()
    {
        string key = ArtifactKeys.Choice(Id);
        if (await store.GetAsync(key) is { } stored)
        {
            return CanonicalJson.Read<Choice>(stored.Data, key);
        }

        Dictionary<string, RunScores> scores = [];
        for (int i = 0; i < _plan!.CrossValidationRuns; i++)
        {
            if (_ledger!.States[i] == RunState.Completed)
            {
                string run = _plan.Runs[i].Run;
                scores[run] = (await _rows!.ResultAsync(run)).Scores;
            }
        }

        Choice choice = ChoiceRule.Decide(_plan, scores.GetValueOrDefault);
        if (await store.TryCreateAsync(key, CanonicalJson.Write(choice)) is null)
        {
            return await ChooseAsync();
        }

        Failpoint.Reach(Failpoint.AfterChoicePut);
        return choice;
    }

    private async Task EndAsync(SweepStage stage, string? message)
    {
        await StoreAsync(state.State with
        {
            Stage = stage,
            Ended = clock.GetUtcNow(),
            Message = message,
            Paused = false,
            CompletedBits = _ledger!.CompletedBits(),
        });
        LogEnded(logger, Id.Value, stage);
        await FollowAsync(() => Scheduler.RemoveSweep(Id.Value));
    }

    private string? FailureSummary() => _ledger!.Count(RunState.Failed) is > 0 and var failed ? $"{failed} runs failed; their figures are incomplete." : null;

    /// <summary>Everything this activation knows, from the plan, the choice, the outcomes and the scheduler; then whatever a crash left undone.</summary>
    private async Task RestoreAsync()
    {
        _plan = await plans.GetAsync(Id.Value);
        _ledger = new SweepLedger(_plan);
        _rows = new SweepRows(_plan, _ledger, _outcomes, store, GrainFactory.GetGrain<IProgressHubGrain>(Id.Value));
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

        OpenRuns open = await Scheduler.GetOpenRuns(Id.Value);
        if (state.State.CompletedBits is { } bits)
        {
            _ledger.RestoreCompleted(bits);
            _ledger.Restore(new OpenRuns { Leases = [], Settling = [] }, _outcomes);
            _ledger.CancelRest();
            if (open.Queue is not null)
            {
                await Scheduler.RemoveSweep(Id.Value);
            }
        }
        else
        {
            _ledger.Restore(open, _outcomes);
            await RepairSchedulerAsync(open);
        }
    }

    /// <summary>A crash between this sweep's write and the scheduler's leaves the scheduler behind.</summary>
    private async Task RepairSchedulerAsync(OpenRuns open)
    {
        if (open.Queue is null)
        {
            await Scheduler.AddSweep(Id.Value);
        }

        if (state.State.Stage == SweepStage.Ablation)
        {
            await QueueAblationAsync();
        }

        if ((open.Queue?.Paused ?? false) != state.State.Paused)
        {
            await Scheduler.SetPaused(Id.Value, state.State.Paused);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep}: {Reason}")]
    private static partial void LogChosen(ILogger logger, string sweep, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} ended: {Stage}")]
    private static partial void LogEnded(ILogger logger, string sweep, SweepStage stage);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} could not go on; it tries again in 2 s")]
    private static partial void LogNotAdvanced(ILogger logger, Exception exception, string sweep);
}

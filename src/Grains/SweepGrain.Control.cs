using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Grains;

/// <summary>What people ask of a sweep or of single runs. What was asked is stored first; the scheduler is told after, and again by the next activation.</summary>
public sealed partial class SweepGrain
{
    public async Task Pause() => await SetPausedAsync(true);

    public async Task Resume() => await SetPausedAsync(false);

    public async Task Cancel(string reason)
    {
        if (_ledger is not null && !state.State.HasEnded)
        {
            _ledger.CancelRest();
            await EndAsync(SweepStage.Cancelled, reason);
        }
    }

    public async Task PauseRuns(string[] runs)
    {
        int[] indices = [.. OpenIndicesOf(runs, "paused").Where(i => i.State == RunState.Queued).Select(i => i.Index)];
        await StoreHeldAsync([.. state.State.PausedRuns.Union(indices).Order()]);
    }

    public async Task ResumeRuns(string[] runs)
    {
        HashSet<int> indices = [.. OpenIndicesOf(runs, "resumed").Select(i => i.Index)];
        await StoreHeldAsync([.. state.State.PausedRuns.Where(i => !indices.Contains(i))]);
    }

    public async Task CancelRuns(string[] runs, string reason)
    {
        int[] indices = [.. OpenIndicesOf(runs, "cancelled", RunState.Cancelled).Where(i => i.State == RunState.Queued).Select(i => i.Index)];
        var outcome = new RunOutcome.Cancelled(reason);
        foreach (int index in indices)
        {
            await store.PutAsync(OutcomeKey(index), CanonicalJson.Write<RunOutcome>(outcome));
            Failpoint.Reach(Failpoint.AfterCancelPut);
            _outcomes[index] = outcome;
            _ledger!.Settle(index, outcome);
        }

        if (indices.Length > 0)
        {
            await OrAgainAsync(() => Scheduler.Withdraw(Id.Value, indices));
            AdvanceSoon();
        }
    }

    public async Task<Why?> GetWhy(string run)
    {
        if (_ledger?.IndexOf(run) is not { } index)
        {
            return null;
        }

        RunState runState = _ledger.States[index];
        RunStanding? standing = runState == RunState.Queued ? await Scheduler.GetStanding(Id.Value, index) : null;
        return WhyRules.Explain(new RunFacts
        {
            Plan = _plan!,
            Index = index,
            Stage = state.State.Stage!.Value,
            State = runState,
            SweepMessage = state.State.Message,
            Tuning = _tuning,
            TuningRuns = TuningRuns(),
            Choice = _choice,
            OpenCrossValidation = _ledger.OpenCrossValidation,
            Outcome = _outcomes.GetValueOrDefault(index),
            Result = runState == RunState.Completed ? await _rows!.ResultAsync(run) : null,
            Standing = standing,
            Progress = standing?.Lease is { } lease ? await _rows!.ProgressAsync(run, lease.Token) : null,
        });
    }

    private async Task SetPausedAsync(bool paused)
    {
        Require();
        if (!state.State.HasEnded && state.State.Paused != paused)
        {
            await StoreAsync(state.State with { Paused = paused });
            await OrAgainAsync(() => Scheduler.SetPaused(Id.Value, paused));
        }
    }

    private async Task StoreHeldAsync(int[] held)
    {
        if (!held.SequenceEqual(state.State.PausedRuns))
        {
            await StoreAsync(state.State with { PausedRuns = held });
            await OrAgainAsync(() => Scheduler.Hold(Id.Value, held));
        }
    }

    /// <summary>Indices and ledger states of runs of a sweep that goes on; each must be wanted and not settled, or already in the state asked for.</summary>
    private IReadOnlyList<(int Index, RunState State)> OpenIndicesOf(string[] runs, string verb, RunState? already = null)
    {
        Require();
        if (state.State.HasEnded)
        {
            throw new SpecException($"sweep {Id} has ended ({state.State.Stage}), so none of its runs can be {verb}; 'advseg retry {Id}' goes on with failed and cancelled runs.");
        }

        return
        [
            .. runs.Distinct().Select(run =>
            {
                int index = IndexOf(run);
                RunState now = _ledger!.States[index];
                return now == RunState.Queued || now == already
                    ? (index, now)
                    : throw new SpecException($"run {new RunId(run).Abbreviated} is {Word(now)}; only a queued or running run can be {verb}.");
            }),
        ];
    }

    private int IndexOf(string run) => _ledger!.IndexOf(run) ?? throw new SpecException($"sweep {Id} does not plan run '{run}'.");

    private string OutcomeKey(int index) => ArtifactKeys.Outcome(Id, new RunId(_plan!.Runs[index].Run));

    private void Require()
    {
        if (_ledger is null)
        {
            throw new SpecException($"there is no sweep '{Id}'.");
        }
    }

    /// <summary>
    /// Does what a stored change calls for. Where that fails, asking again would find the change made and do nothing: the next activation,
    /// which derives what the scheduler should know, makes up for it.
    /// </summary>
    private async Task OrAgainAsync(Func<Task> step)
    {
        try
        {
            await step();
        }
        catch
        {
            DeactivateOnIdle();
            throw;
        }
    }

    private static string Word(RunState state) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(state.ToString());
}

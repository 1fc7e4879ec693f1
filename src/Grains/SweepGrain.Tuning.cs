using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Grains;

/// <summary>The first stage of a sweep that tunes, and how a sweep decides once: by the first stored record, whoever stored it.</summary>
public sealed partial class SweepGrain
{
    /// <summary>Where a sweep begins, and where one goes on that was retried before its first choice.</summary>
    private SweepStage FirstStage(Plan plan) => plan.Spec.IsTuned() && _tuning is null ? SweepStage.Tuning : SweepStage.CrossValidation;

    private async Task LeaveTuningAsync()
    {
        Tuning tuning = _tuning ?? await DecideOnceAsync(
            ArtifactKeys.Tuning(Id),
            async () => TuningRule.Decide(_plan!, await ScoresAsync(_plan!.TuningRuns())),
            t => t.IsDecided,
            Failpoint.AfterTuningPut);
        if (!tuning.IsDecided)
        {
            await EndAsync(SweepStage.Stopped, string.Join(" ", tuning.Variants.Where(v => v.Chosen is null).Select(v => v.Reason)));
            return;
        }

        _tuning = tuning;
        _ledger!.Choose(tuning);
        await StoreAsync(state.State with { Stage = SweepStage.CrossValidation });
        LogChosen(logger, Id.Value, tuning.Reason);
        await OrAgainAsync(() => Scheduler.AddSweep(Id.Value, Wanted()));
    }

    /// <summary>The first stored record stands. That nothing is eligible is not stored: runs may be retried.</summary>
    private async Task<T> DecideOnceAsync<T>(string key, Func<Task<T>> decide, Func<T, bool> isDecided, string failpoint)
    {
        if (await store.GetAsync(key) is { } stored)
        {
            return CanonicalJson.Read<T>(stored.Data, key);
        }

        T decision = await decide();
        if (!isDecided(decision))
        {
            return decision;
        }

        if (await store.TryCreateAsync(key, CanonicalJson.Write(decision)) is null)
        {
            return await DecideOnceAsync(key, decide, isDecided, failpoint);
        }

        Failpoint.Reach(failpoint);
        return decision;
    }

    /// <summary>Scores of those runs that are completed, by run id.</summary>
    private async Task<Func<string, RunScores?>> ScoresAsync(IEnumerable<PlannedRun> runs)
    {
        Dictionary<string, RunScores> scores = [];
        foreach (PlannedRun run in runs.Where(r => _ledger!.States[IndexOf(r.Run)] == RunState.Completed))
        {
            scores[run.Run] = (await _rows!.ResultAsync(run.Run)).Scores;
        }

        return scores.GetValueOrDefault;
    }
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Grains;

/// <summary>How a sweep decides once: by the first stored record, whoever stored it. That nothing is eligible is not stored.</summary>
internal sealed class SweepDecisions(SweepMachine sweep, SweepFiles files)
{
    public async Task DecideTuningAsync()
    {
        Tuning tuning = TuningRule.Decide(sweep.Plan, await ScoresAsync(sweep.Plan.TuningRuns()));
        if (!tuning.IsDecided)
        {
            sweep.Decided(tuning);
            return;
        }

        tuning = await files.FirstAsync(ArtifactKeys.Tuning(Id), tuning);
        Failpoint.Reach(Failpoint.AfterTuningPut);
        sweep.Decided(tuning);
    }

    public async Task DecideChoiceAsync()
    {
        Plan chosen = sweep.Plan.WithChosen(sweep.Tuning);
        Choice choice = ChoiceRule.Decide(chosen, await ScoresAsync(chosen.Runs.Take(chosen.CrossValidationRuns)));
        if (choice.Folds.Count == 0)
        {
            sweep.Decided(choice);
            return;
        }

        choice = await files.FirstAsync(ArtifactKeys.Choice(Id), choice);
        Failpoint.Reach(Failpoint.AfterChoicePut);
        sweep.Decided(choice);
    }

    private SweepId Id => new(sweep.Plan.Sweep);

    /// <summary>Scores of those runs that are completed, by run id.</summary>
    private async Task<Func<string, RunScores?>> ScoresAsync(IEnumerable<PlannedRun> runs)
    {
        Dictionary<string, RunScores> scores = [];
        foreach (string run in runs.Select(r => r.Run).Where(r => sweep.Ledger.IndexOf(r) is { } index && sweep.Ledger.States[index] == RunState.Completed))
        {
            scores[run] = (await files.ResultAsync(run)).Scores;
        }

        return scores.GetValueOrDefault;
    }
}

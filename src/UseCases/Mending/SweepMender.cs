using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Mending;

/// <summary>Looks at the records of one sweep, each of which may follow from those before it.</summary>
internal sealed class SweepMender(IArtifactStore store, StoreFindings findings, SweepId sweep, DateTimeOffset now)
{
    private readonly Dictionary<string, RunResult?> _results = [];

    public async Task MendAsync(CancellationToken cancellationToken)
    {
        if (await PlanAsync(cancellationToken) is not { } plan)
        {
            return;
        }

        Tuning? tuning = await DecisionAsync(
            ArtifactKeys.Tuning(sweep),
            plan.TuningRuns(),
            s => TuningRule.Decide(plan, s) is { IsDecided: true } decided ? decided : null,
            cancellationToken);
        Plan chosen = plan.WithChosen(tuning);
        Choice? choice = await DecisionAsync(
            ArtifactKeys.Choice(sweep),
            chosen.Runs.Take(chosen.CrossValidationRuns),
            s => ChoiceRule.Decide(chosen, s) is { Folds.Count: > 0 } decided ? decided : null,
            cancellationToken);
        int orders = await OrdersAsync(cancellationToken);
        (SweepState? state, string? problem) = await findings.ReadAsync(ArtifactKeys.SweepState(sweep), cancellationToken);
        if (problem is not null)
        {
            SweepState rebuilt = await StateAsync(plan, tuning, choice, orders, cancellationToken);
            await findings.MendAsync(problem, HowState(rebuilt), () => store.WriteAsync(ArtifactKeys.SweepState(sweep), rebuilt));
        }

        await MarkerAsync(cancellationToken);
    }

    private async Task<Plan?> PlanAsync(CancellationToken cancellationToken)
    {
        (Plan? plan, string? problem) = await findings.ReadAsync(ArtifactKeys.Plan(sweep), cancellationToken);
        problem ??= plan is null ? null : PlanRules.ProblemOf(plan, sweep) is { } wrong ? $"{ArtifactKeys.Plan(sweep)} {wrong}" : null;
        if (plan is not null && problem is null)
        {
            return plan;
        }

        string text = problem ?? $"{ArtifactKeys.Plan(sweep)} is missing";
        if (await new PlanMender(store, sweep).FindAsync(cancellationToken) is { } found)
        {
            await findings.MendAsync(
                text,
                "it is planned again, with the runs that are in the store",
                () => store.WriteAsync(ArtifactKeys.Plan(sweep), found));
            return found;
        }

        findings.Report(
            text,
            $"None of its runs is in the store, or its cohort is not: move sweeps/{sweep} and {ArtifactKeys.SweepState(sweep)} away and submit the "
                + "sweep again, or restore the plan from a copy.");
        return null;
    }

    /// <summary>A stored decision. One that cannot be read is decided again, or deleted while runs that it needs have no result.</summary>
    private async Task<T?> DecisionAsync<T>(
        ArtifactKey<T> key, IEnumerable<PlannedRun> runs, Func<Func<string, RunScores?>, T?> decide, CancellationToken cancellationToken)
        where T : class
    {
        (T? stored, string? problem) = await findings.ReadAsync(key, cancellationToken);
        if (problem is null)
        {
            return stored;
        }

        Dictionary<string, RunScores> scores = [];
        foreach (PlannedRun run in runs)
        {
            if (await ResultAsync(run.Run, cancellationToken) is { } result)
            {
                scores[run.Run] = result.Scores;
            }
        }

        if (decide(scores.GetValueOrDefault) is { } decided)
        {
            await findings.MendAsync(problem, "it is decided again from the results", () => store.WriteAsync(key, decided));
            return decided;
        }

        await findings.MendAsync(problem, "it is deleted, and decided again once the runs that it needs have results", () => store.DeleteAsync(key));
        return null;
    }

    /// <summary>
    /// Orders to train runs again. One that cannot be read becomes an empty order: it was never carried out, or is not needed any more.
    /// </summary>
    /// <returns>How many there are.</returns>
    private async Task<int> OrdersAsync(CancellationToken cancellationToken)
    {
        int orders = 0;
        for (int number = 1; await store.ExistsAsync(ArtifactKeys.Retry(sweep, number), cancellationToken); number++)
        {
            orders = number;
            (_, string? problem) = await findings.ReadAsync(ArtifactKeys.Retry(sweep, number), cancellationToken);
            if (problem is not null)
            {
                var nothing = new RetryOrder(now, []);
                await findings.MendAsync(
                    problem,
                    $"it orders nothing any more; 'advseg retry {sweep}' orders again",
                    () => store.WriteAsync(ArtifactKeys.Retry(sweep, number), nothing));
            }
        }

        return orders;
    }

    /// <summary>Where the sweep is, from what is stored of it. One that is not over is paused: nobody knows whether it was cancelled.</summary>
    private async Task<SweepState> StateAsync(Plan plan, Tuning? tuning, Choice? choice, int orders, CancellationToken cancellationToken)
    {
        var ledger = new SweepLedger(plan);
        if (tuning is not null)
        {
            ledger.Choose(tuning);
        }

        if (choice is not null)
        {
            ledger.Choose(choice);
        }

        List<RunResult> results = [];
        for (int i = 0; i < plan.Runs.Count; i++)
        {
            if (ledger.States[i] == RunState.Queued && await ResultAsync(plan.Runs[i].Run, cancellationToken) is { } result)
            {
                results.Add(result);
                ledger.Settle(i, new RunOutcome.Completed());
            }
            else if (ledger.States[i] == RunState.Queued
                && (await findings.ReadAsync(ArtifactKeys.Outcome(sweep, new RunId(plan.Runs[i].Run)), cancellationToken)).Record is { } outcome)
            {
                ledger.Settle(i, outcome);
            }
        }

        var state = new SweepState
        {
            Stage = choice is { Folds.Count: > 0 } ? SweepStage.Ablation : SweepStages.First(plan, tuning),
            Started = results.Count == 0 ? now : results.Min(r => r.Provenance.Started),
            Paused = true,
            Retries = orders,
        };
        return ledger.HasOpen ? state : state with
        {
            Stage = SweepStage.Finished,
            Paused = false,
            Ended = results.Count == 0 ? now : results.Max(r => r.Provenance.Finished),
            CompletedBits = ledger.Bits(i => ledger.States[i] == RunState.Completed),
        };
    }

    private string HowState(SweepState state) => state.HasEnded
        ? "it is made again: all its runs are settled"
        : $"it is made again from its plan and results, paused, because nobody knows whether it was cancelled: 'advseg resume {sweep}' goes on, "
            + $"'advseg cancel {sweep}' ends it";

    /// <summary>An empty file marks no report as complete, and keeps the real one from being stored.</summary>
    private async Task MarkerAsync(CancellationToken cancellationToken)
    {
        string marker = ArtifactKeys.ReportMarker(sweep);
        if (await store.GetAsync(marker, cancellationToken) is { Data.Length: 0 })
        {
            await findings.MendAsync($"{marker} is empty", "it is deleted, and the report is made again", () => store.DeleteAsync(marker));
        }
    }

    private async Task<RunResult?> ResultAsync(string run, CancellationToken cancellationToken)
    {
        if (!_results.TryGetValue(run, out RunResult? result))
        {
            try
            {
                result = await store.FindResultAsync(new RunId(run), cancellationToken);
            }
            catch (DamagedException)
            {
                // The examination of the runs has reported this damage already.
                result = null;
            }

            // Nothing here looks at the evaluation cohort, which is most of a result.
            _results[run] = result is null ? null : result with { Scores = result.Scores with { Evaluation = null } };
        }

        return result;
    }
}

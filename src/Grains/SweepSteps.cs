using System.Diagnostics;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains;

/// <summary>Carries out what a sweep does next, one effect at a time, and tells the machine when it is durable.</summary>
/// <param name="sweep">The sweep.</param>
/// <param name="files">What it keeps in the store.</param>
/// <param name="scheduler">The scheduler.</param>
/// <param name="traces">What trace the sweep is in.</param>
/// <param name="stored">Its state as it is stored.</param>
/// <param name="clock">When a sweep ends.</param>
internal sealed class SweepSteps(
    SweepMachine sweep, SweepFiles files, ISchedulerGrain scheduler, SweepTraces traces, StoredSweep stored, TimeProvider clock)
{
    private SweepId Id => new(sweep.Plan.Sweep);

    public Task DoAsync(SweepStep step) => step switch
    {
        SweepStep.Tell tell => TellAsync(tell.Wants),
        SweepStep.DecideTuning => DecideTuningAsync(),
        SweepStep.DecideChoice => DecideChoiceAsync(),
        SweepStep.Enter enter => StoreAsync(enter.Next),
        SweepStep.End end => EndAsync(end),
        SweepStep.Reopen reopen => ReopenAsync(reopen.Next),
        SweepStep.Clear clear => ClearAsync(clear.Outcomes),
        SweepStep.Count count => StoreAsync(count.Next),
        SweepStep.Nothing => Task.CompletedTask,
        _ => throw new InvalidOperationException($"sweep {Id} cannot carry out {step.GetType().Name}"),
    };

    /// <summary>Stores a state and has the machine believe it.</summary>
    public async Task StoreAsync(SweepState next)
    {
        await stored.StoreAsync(next);
        sweep.Believe(next);
    }

    private async Task TellAsync(SweepWants wants)
    {
        using Activity? span = Traces.Start(Spans.Want, await traces.FindAsync(sweep.Plan.Sweep))?.SetTag(Traces.SweepTag, sweep.Plan.Sweep);
        await scheduler.Want(wants);
        if (wants.Retried.Count > 0)
        {
            Failpoint.Reach(Failpoint.AfterRequeue);
        }

        sweep.Told();
    }

    private async Task DecideTuningAsync()
    {
        if (await ScoresAsync(sweep.Plan.TuningRuns()) is not { } scores)
        {
            return;
        }

        Tuning tuning = TuningRule.Decide(sweep.Plan, scores);
        if (tuning.IsDecided)
        {
            tuning = await files.FirstAsync(ArtifactKeys.Tuning(Id), tuning);
            Failpoint.Reach(Failpoint.AfterTuningPut);
        }

        sweep.Decided(tuning);
    }

    private async Task DecideChoiceAsync()
    {
        Plan chosen = sweep.Plan.WithChosen(sweep.Tuning);
        if (await ScoresAsync(chosen.Runs.Take(chosen.CrossValidationRuns)) is not { } scores)
        {
            return;
        }

        Choice choice = ChoiceRule.Decide(chosen, scores);
        if (choice.Folds.Count > 0)
        {
            choice = await files.FirstAsync(ArtifactKeys.Choice(Id), choice);
            Failpoint.Reach(Failpoint.AfterChoicePut);
        }

        sweep.Decided(choice);
    }

    private async Task EndAsync(SweepStep.End end)
    {
        if (end.AfterRetry)
        {
            await files.DeleteReportAsync();
        }

        await StoreAsync(sweep.Ended(end.Stage, end.Message, await scheduler.GetOpenRuns(sweep.Plan.Sweep), clock.GetUtcNow()));
    }

    private async Task ReopenAsync(SweepState next)
    {
        await StoreAsync(next);
        Failpoint.Reach(Failpoint.AfterReopenWrite);
    }

    private async Task ClearAsync(IEnumerable<int> outcomes)
    {
        await files.DeleteOutcomesAsync(outcomes.Select(i => sweep.Plan.Runs[i].Run));
        await files.DeleteReportAsync();
        sweep.Cleared();
    }

    /// <summary>
    /// Scores of those runs that are completed, by run id. Null when results are missing or cannot be read: nothing is decided without
    /// them, and their runs are ordered again.
    /// </summary>
    private async Task<Func<string, RunScores?>?> ScoresAsync(IEnumerable<PlannedRun> runs)
    {
        Dictionary<string, RunScores> scores = [];
        List<int> lost = [];
        await foreach ((string run, RunResult? result, _) in files.ResultsAsync(runs.Select(r => r.Run).Where(IsCompleted)))
        {
            if (result is null)
            {
                lost.Add(sweep.Ledger.IndexOf(run)!.Value);
            }
            else
            {
                // No rule looks at the evaluation cohort, which is most of a result.
                scores[run] = result.Scores with { Evaluation = null };
            }
        }

        if (lost.Count == 0)
        {
            return scores.GetValueOrDefault;
        }

        await OrderAsync(RetryOrder.OfLost(lost, clock.GetUtcNow()));
        return null;
    }

    /// <summary>Those of the named runs, by plan index, that are completed and have no result that can be read.</summary>
    private async Task<IReadOnlySet<int>> LostAsync(IReadOnlyList<string> runs)
    {
        HashSet<int> lost = [];
        await foreach ((string run, RunResult? result, _) in files.ResultsAsync(runs.Where(IsCompleted)))
        {
            if (result is null)
            {
                lost.Add(sweep.Ledger.IndexOf(run)!.Value);
            }
        }

        return lost;
    }

    private bool IsCompleted(string run) => sweep.Ledger.IndexOf(run) is { } index && sweep.Ledger.States[index] == RunState.Completed;

    /// <summary>Settles runs as cancelled, each once its outcome is stored.</summary>
    /// <exception cref="SpecException">A run is not of this sweep, or is settled otherwise, or the sweep has ended.</exception>
    public async Task CancelAsync(string[] runs, string reason)
    {
        var outcome = new RunOutcome.Cancelled(reason);
        foreach (int index in sweep.RunsToCancel(runs))
        {
            await files.PutOutcomeAsync(sweep.Plan.Runs[index].Run, outcome);
            Failpoint.Reach(Failpoint.AfterCancelPut);
            sweep.Settle(index, outcome);
        }
    }

    /// <summary>Stores the order that is asked for.</summary>
    /// <returns>The order, or null when there is nothing to order.</returns>
    /// <exception cref="SpecException">A named run is not of this sweep, or its state is none of those asked for.</exception>
    public async Task<RetryOrder?> RetryAsync(RetryRequest request)
    {
        IReadOnlySet<int> lost = await LostAsync(request.Runs);
        RetryOrder? order = sweep.Retry(request.Runs, request.Failed, request.Cancelled, clock.GetUtcNow(), lost);
        if (order is not null)
        {
            await OrderAsync(order);
        }

        return order;
    }

    /// <summary>Stores an order unless there is one of its number already; from then on it is under way.</summary>
    private async Task OrderAsync(RetryOrder order) =>
        sweep.Ordered(await files.FirstAsync(ArtifactKeys.Retry(Id, sweep.State.Retries + 1), order));
}

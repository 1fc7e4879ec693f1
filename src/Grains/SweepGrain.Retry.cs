using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// Training settled runs again. The order is stored first; until its number is counted as carried out, every activation carries it out
/// from the start, which may be repeated at any point.
/// </summary>
public sealed partial class SweepGrain
{
    public async Task<int> Retry(RetryRequest request)
    {
        Require();
        int[] runs = [.. RetriedBy(request).Order()];
        bool reopens = state.State.Stage == SweepStage.Cancelled && request is { Cancelled: true, Runs.Count: 0 };
        if (runs.Length == 0 && !reopens)
        {
            return 0;
        }

        await OrAgainAsync(async () =>
        {
            var order = new RetryOrder(clock.GetUtcNow(), runs.ToRanges());
            await store.TryCreateAsync(ArtifactKeys.Retry(Id, state.State.Retries + 1), CanonicalJson.Write(order));
            Failpoint.Reach(Failpoint.AfterRetryPut);
            await CarryOutAsync((await PendingRetryAsync())!);
        });
        AdvanceSoon();
        return runs.Length;
    }

    private IEnumerable<int> RetriedBy(RetryRequest request)
    {
        bool Wanted(RunState run) => (run == RunState.Failed && request.Failed) || (run == RunState.Cancelled && request.Cancelled);
        if (request.Runs.Count == 0)
        {
            return Enumerable.Range(0, _plan!.Runs.Count).Where(i => Wanted(_ledger!.States[i]));
        }

        return request.Runs.Distinct().Select(run =>
        {
            int index = IndexOf(run);
            RunState now = _ledger!.States[index];
            return Wanted(now) ? index : throw new SpecException($"run {new RunId(run).Abbreviated} is {Word(now)}; only a failed or cancelled run can be retried.");
        });
    }

    /// <summary>An order that was stored and not counted as carried out.</summary>
    private async Task<RetryOrder?> PendingRetryAsync()
    {
        string key = ArtifactKeys.Retry(Id, state.State.Retries + 1);
        return await store.GetAsync(key) is { } stored ? CanonicalJson.Read<RetryOrder>(stored.Data, key) : null;
    }

    private async Task CarryOutAsync(RetryOrder order)
    {
        int[] runs = [.. order.Indices()];
        if (state.State.HasEnded)
        {
            // What is left of an end whose last step failed.
            await Scheduler.RemoveSweep(Id.Value);
        }

        foreach (int index in runs)
        {
            _ledger!.Retry(index);
        }

        await StoreAsync(Reopened(runs));
        Failpoint.Reach(Failpoint.AfterReopenWrite);
        await Scheduler.AddSweep(Id.Value, Wanted());
        await Scheduler.Requeue(Id.Value, runs);
        await Scheduler.Hold(Id.Value, [.. state.State.PausedRuns]);
        Failpoint.Reach(Failpoint.AfterRequeue);
        foreach (int index in runs.Where(_outcomes.ContainsKey).ToList())
        {
            await store.DeleteAsync(OutcomeKey(index));
            _outcomes.Remove(index);
        }

        await RemoveReportAsync();
        await StoreAsync(state.State with { Retries = state.State.Retries + 1 });
        LogRetried(logger, Id.Value, runs.Length, state.State.Stage!.Value);
    }

    /// <summary>The stage in which the sweep goes on: a stored choice stands, and without one the stage before it is where it was.</summary>
    private SweepState Reopened(int[] runs)
    {
        SweepState next = state.State with
        {
            PausedRuns = [.. state.State.PausedRuns.Except(runs)],
            CancelledBits = _ledger!.Bits(i => _ledger.States[i] == RunState.Cancelled && !_outcomes.ContainsKey(i)),
        };
        return !state.State.HasEnded
            ? next
            : next with { Stage = _choice is { Folds.Count: > 0 } ? SweepStage.Ablation : FirstStage(_plan!), Ended = null, Message = null };
    }

    /// <summary>The report was of fewer results. Its marker goes first, so that what is left is never taken for a whole report.</summary>
    private async Task RemoveReportAsync()
    {
        string prefix = ArtifactKeys.ReportPrefix(Id);
        await store.DeleteAsync(prefix + "summary.json");
        await foreach (ArtifactInfo info in store.ListAsync(prefix))
        {
            await store.DeleteAsync(info.Key);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep}: {Runs} runs are retried; it goes on in stage {Stage}")]
    private static partial void LogRetried(ILogger logger, string sweep, int runs, SweepStage stage);
}

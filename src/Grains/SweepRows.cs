using System.Diagnostics;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains;

/// <summary>Rows of a sweep's runs as people see them: plan, ledger, leases and progress joined. Results are read once, when first shown.</summary>
internal sealed class SweepRows(SweepMachine sweep, SweepFiles files, IGrainFactory grains)
{
    private const int LargestPage = 1000;

    /// <summary>Cells asked at the same time: each reads up to <see cref="SweepFiles.ParallelReads"/> results side by side.</summary>
    private const int CellsAtOnce = 4;
    private readonly Dictionary<int, CellRowResult> _results = [];

    private IProgressHubGrain Hub => grains.GetGrain<IProgressHubGrain>(sweep.Plan.Sweep);

    public async Task<RunPage> PageAsync(int offset, int count, RunState? state, OpenRuns open)
    {
        // One picture for the whole page: runs settle while the scheduler, the hub and the store are asked.
        RunState[] states = [.. sweep.Ledger.States];
        Dictionary<int, OpenLease> leases = open.Leases.Where(l => RunStates.IsOpen(states[l.Index])).ToDictionary(l => l.Index);
        foreach (int index in leases.Keys)
        {
            states[index] = RunState.Running;
        }

        List<int> wanted = [.. Enumerable.Range(0, states.Length).Where(i => state is null || states[i] == state)];
        int[] page = [.. wanted.Skip(offset).Take(Math.Clamp(count, 0, LargestPage))];
        return new RunPage(wanted.Count, offset, await RowsAsync(page, states, leases));
    }

    /// <summary>Why a run is where it is.</summary>
    public async Task<Why> WhyAsync(int index, ISchedulerGrain scheduler)
    {
        string run = sweep.Plan.Runs[index].Run;
        RunFacts facts = RunFacts.Of(sweep, index);
        RunStanding? standing = facts.State == RunState.Queued ? await scheduler.GetStanding(sweep.Plan.Sweep, index) : null;
        (RunResult? result, string? problem) = facts.State == RunState.Completed ? await files.TryResultAsync(run) : (null, null);
        return WhyRules.Explain(facts with
        {
            Result = result,
            ResultProblem = problem,
            Standing = standing,
            Progress = standing?.Lease is { } lease ? await ProgressAsync(run, lease.Token) : null,
        });
    }

    /// <summary>The newest progress of an attempt, or null before its first report.</summary>
    private async Task<TrainingProgress?> ProgressAsync(string run, long attempt) =>
        (await Hub.GetSince(0)).Runs.FirstOrDefault(p => p.Run == run && p.Attempt == attempt)?.Progress;

    private async Task<RunRow[]> RowsAsync(int[] indices, RunState[] states, Dictionary<int, OpenLease> leases)
    {
        Dictionary<string, RunProgress> progress = leases.Count == 0 ? [] : (await Hub.GetSince(0)).Runs.ToDictionary(p => p.Run);
        Dictionary<int, string> problems = await ReadAsync([.. indices.Where(i => states[i] == RunState.Completed && !_results.ContainsKey(i))]);
        return [.. indices.Select(i => Row(i, states[i], leases.GetValueOrDefault(i), progress, problems.GetValueOrDefault(i)))];
    }

    /// <summary>Asks the cells for results that were not shown yet.</summary>
    /// <returns>What is wrong with those that are missing or cannot be read, by plan index.</returns>
    private async Task<Dictionary<int, string>> ReadAsync(IReadOnlyList<int> completed)
    {
        Dictionary<int, string> problems = [];
        foreach (var cells in completed.GroupBy(i => (sweep.Plan.Runs[i].Fold, sweep.Plan.Runs[i].Level)).Chunk(CellsAtOnce))
        {
            foreach (CellRow row in (await Task.WhenAll(cells.Select(cell => RowsOfAsync(cell.Key, [.. cell])))).SelectMany(rows => rows))
            {
                if (row.Result is { } result)
                {
                    _results[row.Index] = result;
                }
                else
                {
                    problems[row.Index] = row.Problem!;
                }
            }
        }

        return problems;
    }

    private Task<CellRow[]> RowsOfAsync((int Fold, int? Level) cell, int[] completed) => cell.Level is { } level
        ? grains.GetGrain<IAblationPointGrain>($"{sweep.Plan.Sweep}/{cell.Fold}/{level}").GetRows(completed)
        : grains.GetGrain<IFoldGrain>($"{sweep.Plan.Sweep}/{cell.Fold}").GetRows(completed);

    private RunRow Row(int index, RunState state, OpenLease? lease, Dictionary<string, RunProgress> progress, string? problem)
    {
        PlannedRun planned = sweep.Plan.Runs[index];
        CellRowResult? result = state == RunState.Completed ? _results.GetValueOrDefault(index) : null;
        return new RunRow
        {
            Index = index,
            Run = planned.Run,
            Variant = sweep.Plan.Spec.Variants[planned.Variant].Name,
            Settings = planned.Candidate is { } candidate ? sweep.Plan.Spec.Variants[planned.Variant].Settings(candidate) : null,
            Fold = planned.Fold,
            Positives = planned.Level is { } level ? sweep.Plan.Folds[planned.Fold].LevelPositives[level] : null,
            Seed = sweep.Plan.Spec.Seeds[planned.Seed],
            State = state,
            Attempt = lease?.Token ?? result?.Attempt,
            Worker = lease?.Worker ?? result?.Worker,
            Progress = lease is null ? null : progress.GetValueOrDefault(planned.Run)?.Progress,
            Dice = result?.Dice,
            Sensitivity = result?.Sensitivity,
            Message = sweep.Outcomes.GetValueOrDefault(index) switch
            {
                RunOutcome.Failed failed => $"{failed.Failure}: {failed.Message}",
                RunOutcome.Cancelled cancelled => cancelled.Reason,
                RunOutcome.Completed or null => problem,
                var other => throw new UnreachableException($"nobody has words for an outcome of type {other.GetType().Name}"),
            },
        };
    }
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Sweeps;

/// <summary>What people ask of a sweep or of its runs: each gives what is to be stored first, and changes nothing.</summary>
public static class SweepCommands
{
    /// <summary>The state of the cancelled sweep, or null when it has ended already.</summary>
    public static SweepState? Cancel(this SweepMachine sweep, string reason, OpenRuns open, DateTimeOffset now) =>
        sweep.State.HasEnded ? null : sweep.Ended(SweepStage.Cancelled, reason, open, now);

    /// <summary>The state of the paused or resumed sweep, or null when the sweep is so already, or has ended.</summary>
    public static SweepState? SetPaused(this SweepMachine sweep, bool paused) =>
        sweep.State.HasEnded || sweep.State.Paused == paused ? null : sweep.State with { Paused = paused };

    /// <summary>The state in which these runs are paused too, or null when they are already.</summary>
    /// <exception cref="SpecException">A run is not of this sweep, or is settled, or the sweep has ended.</exception>
    public static SweepState? PauseRuns(this SweepMachine sweep, IEnumerable<string> runs)
    {
        IEnumerable<int> indices = sweep.OpenIndices(runs, "paused").Select(i => i.Index);
        return sweep.WithPausedRuns([.. sweep.State.PausedRuns.Union(indices).Order()]);
    }

    /// <summary>The state in which these runs are paused no longer, or null when none is.</summary>
    /// <exception cref="SpecException">A run is not of this sweep, or is settled, or the sweep has ended.</exception>
    public static SweepState? ResumeRuns(this SweepMachine sweep, IEnumerable<string> runs)
    {
        HashSet<int> indices = [.. sweep.OpenIndices(runs, "resumed").Select(i => i.Index)];
        return sweep.WithPausedRuns([.. sweep.State.PausedRuns.Where(i => !indices.Contains(i))]);
    }

    /// <summary>Those of the runs, by plan index, that are not cancelled yet.</summary>
    /// <exception cref="SpecException">A run is not of this sweep, or is settled otherwise, or the sweep has ended.</exception>
    public static IReadOnlyList<int> RunsToCancel(this SweepMachine sweep, IEnumerable<string> runs) =>
        [.. sweep.OpenIndices(runs, "cancelled", RunState.Cancelled).Where(i => i.State == RunState.Queued).Select(i => i.Index)];

    /// <summary>
    /// The order to train settled runs again, or null when there is nothing to order. An order without runs opens a sweep again that was cancelled
    /// when nothing was queued.
    /// </summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="runs">Run ids; none stands for all.</param>
    /// <param name="failed">Whether failed runs are retried.</param>
    /// <param name="cancelled">Whether cancelled runs are retried.</param>
    /// <param name="now">When it is ordered.</param>
    /// <param name="lost">Completed runs, by plan index, whose results are missing or cannot be read: they are retried when they are named.</param>
    /// <exception cref="SpecException">A named run is not of this sweep, or its state is none of those that are retried.</exception>
    public static RetryOrder? Retry(
        this SweepMachine sweep, IReadOnlyList<string> runs, bool failed, bool cancelled, DateTimeOffset now, IReadOnlySet<int>? lost = null)
    {
        bool IsMeant(RunState state) => (failed && state == RunState.Failed) || (cancelled && state == RunState.Cancelled);
        IEnumerable<int> indices = runs.Count == 0
            ? Enumerable.Range(0, sweep.Plan.Runs.Count).Where(i => IsMeant(sweep.Ledger.States[i]))
            : runs.Distinct().Select(run =>
            {
                int index = sweep.IndexOf(run);
                RunState state = sweep.Ledger.States[index];
                return IsMeant(state) || lost?.Contains(index) == true
                    ? index
                    : throw new SpecException($"run {new RunId(run).Abbreviated} is {Word(state)}; only a failed or cancelled run, or one whose "
                        + "result cannot be read, can be retried.");
            });
        int[] ordered = [.. indices.Order()];
        bool reopens = sweep.Stage == SweepStage.Cancelled && cancelled && runs.Count == 0;
        return ordered.Length > 0 || reopens ? new RetryOrder(now, ordered.ToRanges(), LostOf(ordered, lost)) : null;
    }

    private static IReadOnlyList<IndexRange>? LostOf(int[] ordered, IReadOnlySet<int>? lost)
    {
        int[] both = [.. ordered.Where(i => lost?.Contains(i) == true)];
        return both.Length == 0 ? null : both.ToRanges();
    }

    private static SweepState? WithPausedRuns(this SweepMachine sweep, int[] paused) =>
        paused.SequenceEqual(sweep.State.PausedRuns) ? null : sweep.State with { PausedRuns = paused };

    /// <summary>Indices and states of runs of a sweep that goes on; each is wanted and not settled, or already in the state asked for.</summary>
    private static IReadOnlyList<(int Index, RunState State)> OpenIndices(
        this SweepMachine sweep, IEnumerable<string> runs, string verb, RunState? already = null)
    {
        string id = sweep.Plan.Sweep;
        if (sweep.State.HasEnded)
        {
            throw new SpecException(
                $"sweep {id} has ended ({sweep.Stage}), so none of its runs can be {verb}; 'advseg retry {id}' goes on with failed and cancelled "
                    + "runs.");
        }

        return
        [
            .. runs.Distinct().Select(run =>
            {
                int index = sweep.IndexOf(run);
                RunState state = sweep.Ledger.States[index];
                return state == RunState.Queued || state == already
                    ? (index, state)
                    : throw new SpecException($"run {new RunId(run).Abbreviated} is {Word(state)}; only a queued or running run can be {verb}.");
            }),
        ];
    }

    private static int IndexOf(this SweepMachine sweep, string run) =>
        sweep.Ledger.IndexOf(run) ?? throw new SpecException($"sweep {sweep.Plan.Sweep} does not plan run '{run}'.");

    private static string Word(RunState state) => Kebab.Of(state);
}

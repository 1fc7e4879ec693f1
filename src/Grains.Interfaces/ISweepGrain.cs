using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using Orleans.Concurrency;

namespace AdvSeg.Grains.Interfaces;

/// <summary>One sweep; key: <see cref="SweepId"/>. Owns its stage, and the pausing, cancelling and retrying of itself and of its runs.</summary>
[Alias("advseg.sweep")]
public interface ISweepGrain : IGrainWithStringKey
{
    /// <summary>
    /// Plans the sweep and hands its runs to the scheduler. The cohorts must already be in the store. Starting a started sweep
    /// changes nothing and returns its status.
    /// </summary>
    /// <exception cref="SpecException">The spec does not match the key, cannot be planned, or names a cohort that is not in the store.</exception>
    [Alias("Start")]
    Task<SweepStatus> Start(SweepSubmission submission);

    /// <summary>The status, or null when no such sweep was started.</summary>
    /// <remarks>
    /// The call interleaves: pages wait for no settlement or decision, and these wait for no page. What it reads in memory is always durable.
    /// </remarks>
    [AlwaysInterleave]
    [Alias("GetStatus")]
    Task<SweepStatus?> GetStatus();

    /// <summary>One page of runs in plan order, optionally of one state.</summary>
    [AlwaysInterleave]
    [Alias("GetRuns")]
    Task<RunPage> GetRuns(int offset, int count, RunState? state);

    /// <summary>Which runs of one fold (<paramref name="level"/> null) or of one ablation point are compared, and which are completed.</summary>
    [AlwaysInterleave]
    [Alias("GetCell")]
    Task<CellRuns> GetCell(int fold, int? level);

    [Alias("Pause")]
    Task Pause();

    [Alias("Resume")]
    Task Resume();

    [Alias("Cancel")]
    Task Cancel(string reason);

    /// <summary>These runs are granted nothing more for this sweep; an attempt checkpoints and lets go unless another sweep wants it.</summary>
    /// <exception cref="SpecException">A run is not of this sweep, or is settled, or the sweep has ended.</exception>
    [Alias("PauseRuns")]
    Task PauseRuns(string[] runs);

    /// <exception cref="SpecException">A run is not of this sweep, or the sweep has ended.</exception>
    [Alias("ResumeRuns")]
    Task ResumeRuns(string[] runs);

    /// <summary>Settles runs as cancelled for this sweep; an attempt is abandoned unless another sweep wants it.</summary>
    /// <exception cref="SpecException">A run is not of this sweep, or is settled otherwise, or the sweep has ended.</exception>
    [Alias("CancelRuns")]
    Task CancelRuns(string[] runs, string reason);

    /// <summary>
    /// Wants failed and cancelled runs again. A sweep that has ended goes on where it was; a stored choice stands. Completed runs are
    /// never trained again.
    /// </summary>
    /// <returns>How many runs were queued.</returns>
    /// <exception cref="SpecException">There is no such sweep, or a named run is neither failed nor cancelled.</exception>
    [Alias("Retry")]
    Task<int> Retry(RetryRequest request);

    /// <summary>Why a run is where it is, or null when this sweep does not plan it.</summary>
    [Alias("GetWhy")]
    Task<Why?> GetWhy(string run);

    /// <summary>Tells the sweep that a run is settled; called again and again until the call succeeds. A repeat changes nothing.</summary>
    [Alias("RunSettled")]
    Task RunSettled(SettledRun settled);

    /// <summary>Activates the sweep, which then goes on with whatever is due. True when it has ended and need not be touched again.</summary>
    [Alias("Touch")]
    Task<bool> Touch();
}

/// <summary>
/// A run and its outcome. This record wraps the outcome because JSON names the kind of a derived record only where it is a member of another.
/// </summary>
public sealed record SettledRun(string Run, RunOutcome Outcome);

/// <summary>Which runs to train again: those named, or all, of the states that are asked for.</summary>
public sealed record RetryRequest(IReadOnlyList<string> Runs, bool Failed, bool Cancelled);

/// <summary>What a submitter sends: the resolved spec, its YAML text as written, and the digests of its stored cohorts.</summary>
public sealed record SweepSubmission(SweepSpec Spec, string Yaml, string CohortDigest, string? EvaluationCohortDigest);

/// <summary>One fold; key: <c>sweep/fold</c>. What it keeps can be read from the results again.</summary>
[Alias("advseg.fold")]
public interface IFoldGrain : IGrainWithStringKey
{
    /// <summary>The split, the runs and the scores so far, or null when there is no such fold.</summary>
    [Alias("GetView")]
    Task<CellView?> GetView();

    /// <summary>Its completed runs in the order of the plan, a page from a plan index on.</summary>
    [Alias("GetScores")]
    Task<CellPage> GetScores(int from);

    /// <summary>What lists show of some of its runs.</summary>
    /// <param name="completed">Plan indices of runs that the sweep calls completed. Results that the cell does not have yet are read.</param>
    /// <remarks>The call interleaves: a list of few runs does not wait until all results are read for a report.</remarks>
    [AlwaysInterleave]
    [Alias("GetRows")]
    Task<CellRow[]> GetRows(int[] completed);
}

/// <summary>One reduction level on one fold; key: <c>sweep/fold/level</c>. What it keeps can be read from the results again.</summary>
[Alias("advseg.point")]
public interface IAblationPointGrain : IGrainWithStringKey
{
    /// <summary>The runs and the scores so far, or null when there is no such point.</summary>
    [Alias("GetView")]
    Task<CellView?> GetView();

    /// <summary>Its completed runs in the order of the plan, a page from a plan index on.</summary>
    [Alias("GetScores")]
    Task<CellPage> GetScores(int from);

    /// <summary>What lists show of some of its runs.</summary>
    /// <param name="completed">Plan indices of runs that the sweep calls completed. Results that the cell does not have yet are read.</param>
    /// <remarks>The call interleaves: a list of few runs does not wait until all results are read for a report.</remarks>
    [AlwaysInterleave]
    [Alias("GetRows")]
    Task<CellRow[]> GetRows(int[] completed);
}

/// <summary>Some of a cell's runs.</summary>
/// <param name="Runs">Each a <see cref="PackedRun"/>.</param>
/// <param name="Next">Plan index of the next page; null after the last.</param>
[GenerateSerializer]
[Immutable]
[Alias("advseg.cell-page")]
public sealed record CellPage([property: Id(0)] byte[][] Runs, [property: Id(1)] int? Next);

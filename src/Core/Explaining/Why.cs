using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Explaining;

/// <summary>The one reason why a run is where it is.</summary>
public enum WhyReason
{
    Completed,

    /// <summary>It was completed, and its result is missing or cannot be read.</summary>
    ResultLost,

    FailedData,
    FailedDivergence,
    FailedHostOutOfMemory,
    FailedGpuOutOfMemory,
    FailedCrashLoop,
    FailedCode,

    /// <summary>The run was cancelled by itself.</summary>
    Cancelled,

    /// <summary>The whole sweep was cancelled.</summary>
    SweepCancelled,

    /// <summary>Its candidate may still be chosen.</summary>
    WaitsForTuning,

    /// <summary>An ablation run whose fold may still be chosen.</summary>
    Conditional,
    NotChosen,

    /// <summary>No candidate or no fold could be chosen, so what waits for it is not trained.</summary>
    SweepStopped,

    Running,

    /// <summary>Paused, and its attempt is on the way to its next checkpoint.</summary>
    Stopping,

    /// <summary>It has ended; the sweep is being told.</summary>
    Settling,

    /// <summary>The scheduler has not heard of the sweep yet.</summary>
    Queueing,

    SweepPaused,
    RunPaused,

    /// <summary>A failed attempt is tried again after a delay.</summary>
    RetryLater,
    OwnerAtLimit,
    NoWorker,
    NoMatchingWorker,

    /// <summary>The workers that could train it compute other bits than the one that began its sweep.</summary>
    OtherCanary,

    /// <summary>Every worker that could train it is leaving.</summary>
    WorkersDraining,
    BehindPriority,
    BehindFairShare,
    AllSlotsBusy,
    NextInLine,
}

/// <summary>Why a run of a sweep is where it is: one reason, its evidence, and what to do.</summary>
public sealed record Why
{
    public required string Run { get; init; }

    public required string Sweep { get; init; }

    public required RunState State { get; init; }

    public required WhyReason Reason { get; init; }

    /// <summary>A sentence that names what was found.</summary>
    public required string Evidence { get; init; }

    /// <summary>A sentence: what happens next, or what to do.</summary>
    public required string NextStep { get; init; }

    /// <summary>The end of the log of a failed run.</summary>
    public IReadOnlyList<string> LogTail { get; init; } = [];
}

/// <summary>What is known of one run of a sweep.</summary>
public sealed record RunFacts
{
    public required Plan Plan { get; init; }

    public required int Index { get; init; }

    public required SweepStage Stage { get; init; }

    /// <summary>The run's state in the ledger: never <see cref="RunState.Running"/>.</summary>
    public required RunState State { get; init; }

    /// <summary>Why the sweep ended, when it says so.</summary>
    public string? SweepMessage { get; init; }

    public Tuning? Tuning { get; init; }

    public TuningProgress? TuningRuns { get; init; }

    public Choice? Choice { get; init; }

    /// <summary>Cross-validation runs that are not settled.</summary>
    public int OpenCrossValidation { get; init; }

    /// <summary>The stored outcome of a failed or cancelled run.</summary>
    public RunOutcome? Outcome { get; init; }

    /// <summary>The result of a completed run.</summary>
    public RunResult? Result { get; init; }

    /// <summary>Why the result of a completed run cannot be read.</summary>
    public string? ResultProblem { get; init; }

    /// <summary>Where a run that is not settled stands in the queue.</summary>
    public RunStanding? Standing { get; init; }

    /// <summary>The progress of a running attempt, as last reported.</summary>
    public TrainingProgress? Progress { get; init; }

    /// <summary>What a sweep itself knows of one of its runs.</summary>
    public static RunFacts Of(SweepMachine sweep, int index) => new()
    {
        Plan = sweep.Plan,
        Index = index,
        Stage = sweep.Stage,
        State = sweep.Ledger.States[index],
        SweepMessage = sweep.State.Message,
        Tuning = sweep.Tuning,
        TuningRuns = sweep.Ledger.TuningProgress,
        Choice = sweep.Choice,
        OpenCrossValidation = sweep.Ledger.OpenCrossValidation,
        Outcome = sweep.Outcomes.GetValueOrDefault(index),
    };

    internal string Sweep => Plan.Sweep;

    internal PlannedRun Planned => Plan.Runs[Index];

    internal string Short => new RunId(Planned.Run).Abbreviated;

    internal Why Say(WhyReason reason, string evidence, string nextStep, RunState? state = null) => new()
    {
        Run = Planned.Run,
        Sweep = Sweep,
        State = state ?? State,
        Reason = reason,
        Evidence = evidence,
        NextStep = nextStep,
    };
}

using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// One sweep: what is believed of it, and what comes next. It reads, stores and tells nothing itself. Its host carries out
/// <see cref="Next"/> and says so once the effect is durable, so nothing here runs ahead of the store. A machine that is made again from
/// what is stored goes on where this one was.
/// </summary>
public sealed class SweepMachine
{
    private readonly Dictionary<int, RunOutcome> _outcomes;
    private RetryProgress? _retry;
    private bool _told;
    private string? _whyStopped;

    /// <param name="records">What is stored.</param>
    /// <param name="open">What the scheduler holds open. What it handed out and holds no longer was completed.</param>
    public SweepMachine(SweepRecords records, OpenRuns open)
    {
        Plan = records.Plan;
        State = records.State;
        Ledger = new SweepLedger(Plan);
        _outcomes = new Dictionary<int, RunOutcome>(records.Outcomes);
        if (records.Tuning is { } tuning)
        {
            Take(tuning);
        }

        if (records.Choice is { } choice)
        {
            Take(choice);
        }

        Ledger.RestoreBits(State.CompletedBits, new RunOutcome.Completed());
        Ledger.RestoreBits(State.CancelledBits, new RunOutcome.Cancelled("with its sweep"));
        HashSet<int> retried = [.. State.HasEnded ? [] : records.Order?.Indices() ?? []];
        Ledger.Restore(State.HasEnded ? OpenRuns.None : open, _outcomes, retried);
        if (State.Stage == SweepStage.Cancelled)
        {
            Ledger.CancelRest();
        }

        _told = State.HasEnded && open.Queue is null;
        if (records.Order is { } order)
        {
            Ordered(order);
        }
    }

    public Plan Plan { get; }

    public SweepLedger Ledger { get; }

    /// <summary>The state as it is stored.</summary>
    public SweepState State { get; private set; }

    public SweepStage Stage => State.Stage!.Value;

    public Tuning? Tuning { get; private set; }

    public Choice? Choice { get; private set; }

    /// <summary>Stored outcomes by plan index.</summary>
    public IReadOnlyDictionary<int, RunOutcome> Outcomes => _outcomes;

    /// <summary>An order is under way. It is carried out before anything else is done or heard.</summary>
    public bool IsRetrying => _retry is not null;

    public SweepStep Next()
    {
        if (!_told && (_retry is null || State.HasEnded || _retry.Phase == RetryPhase.Telling))
        {
            return new SweepStep.Tell(Wants());
        }

        return _retry is { } retry ? retry.Next(this) : Stage switch
        {
            SweepStage.Tuning when !Ledger.HasOpenTuning => AfterTuning(),
            SweepStage.CrossValidation when !Ledger.HasOpenCrossValidation => AfterCrossValidation(),
            SweepStage.Ablation when !Ledger.HasOpen => Finish(),
            SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation => new SweepStep.Nothing(),
            SweepStage.Finished or SweepStage.Stopped or SweepStage.Cancelled => new SweepStep.Nothing(),
        };
    }

    /// <summary>What the scheduler is to know.</summary>
    public SweepWants Wants() => new()
    {
        Sweep = Plan.Sweep,
        Owner = Plan.Spec.Owner,
        Priority = Plan.Spec.Priority,
        Numerics = Plan.Numerics.ToString(),
        Ended = State.HasEnded,
        Paused = State.Paused,
        Wanted = State.HasEnded ? [] : RangesOf(RunState.Queued),
        Held = State.PausedRuns,
        Withdrawn = State.HasEnded ? [] : RangesOf(RunState.Cancelled),
        Retried = State.HasEnded ? [] : _retry?.Order.Runs ?? [],
    };

    /// <summary>The scheduler has stored what it was told.</summary>
    public void Told()
    {
        _told = true;
        _retry?.Told();
    }

    /// <summary>The decision is stored. If some variant has no eligible candidate, it is not stored, because runs may be retried.</summary>
    public void Decided(Tuning tuning)
    {
        if (tuning.IsDecided)
        {
            Take(tuning);
        }
        else
        {
            _whyStopped = string.Join(" ", tuning.Variants.Where(v => v.Chosen is null).Select(v => v.Reason));
        }
    }

    /// <summary>The decision is stored. If no fold is eligible, it is not stored, because runs may be retried.</summary>
    public void Decided(Choice choice)
    {
        if (choice.Folds.Count > 0)
        {
            Take(choice);
        }
        else
        {
            _whyStopped = choice.Reason;
        }
    }

    /// <summary>The state in which the sweep has ended.</summary>
    /// <param name="stage">The stage it ends in.</param>
    /// <param name="message">Why, where the stage does not say it.</param>
    /// <param name="open">What the scheduler holds of it until it is told.</param>
    /// <param name="now">When.</param>
    public SweepState Ended(SweepStage stage, string? message, OpenRuns open, DateTimeOffset now) => State with
    {
        Reused = State.Reused + (open.Queue?.Reused ?? 0),
        PausedRuns = [],
        Stage = SweepStages.Move(Stage, stage),
        Ended = now,
        Message = message,
        Paused = false,
        CompletedBits = Ledger.Bits(i => Ledger.States[i] == RunState.Completed),
    };

    /// <summary>The state is stored.</summary>
    public void Believe(SweepState stored)
    {
        bool counted = stored.Retries > State.Retries;
        State = stored;
        if (counted)
        {
            _retry = null;
            return;
        }

        if (stored.Stage == SweepStage.Cancelled)
        {
            Ledger.CancelRest();
        }

        _whyStopped = null;
        _told = false;
        _retry?.Reopened();
    }

    /// <summary>The order is stored: its runs are wanted, whatever comes between here and its end.</summary>
    /// <exception cref="InvalidOperationException">A run of the order is completed, or was never wanted.</exception>
    public void Ordered(RetryOrder order)
    {
        foreach (int index in order.LostIndices())
        {
            Ledger.Lose(index);
        }

        foreach (int index in order.Indices())
        {
            Ledger.Retry(index);
        }

        _retry = new RetryProgress(order);
    }

    /// <summary>The outcomes of the order's runs and the report are deleted.</summary>
    public void Cleared()
    {
        foreach (int index in _retry!.Order.Indices())
        {
            _outcomes.Remove(index);
        }

        _retry.Cleared();
    }

    /// <summary>
    /// The plan index of a run that was settled, or null when that changes nothing: the sweep has ended, does not plan the run, or has cancelled it
    /// while the outcome was on its way. A retry then finds the result, if there is one. A cancelled run of a candidate may have become one that is
    /// not chosen before the outcome arrives.
    /// </summary>
    public int? Awaits(string run) =>
        !State.HasEnded && Ledger.IndexOf(run) is { } index && Ledger.States[index] is not (RunState.Cancelled or RunState.NotChosen)
            ? index
            : null;

    /// <summary>To be called before the outcome is stored.</summary>
    /// <exception cref="InvalidOperationException">The run is settled otherwise, or an order is under way that may want it again.</exception>
    public void RequireMaySettle(int index, RunOutcome outcome)
    {
        if (IsRetrying || !Ledger.MaySettle(index, outcome))
        {
            string run = $"run {Plan.Runs[index].Run} of sweep {Plan.Sweep}";
            throw new InvalidOperationException(
                $"{run} is {Ledger.States[index]}{(IsRetrying ? " while an order is under way" : "")}; it cannot become {outcome.GetType().Name}");
        }
    }

    /// <summary>
    /// To be called before the failure of a completed run is settled whose result is gone: its next attempt was granted because of that.
    /// </summary>
    public void Lose(int index) => Ledger.Lose(index);

    /// <summary>Records an outcome that is stored: by the sweep, or as the result of a completed run. False for a repeat.</summary>
    public bool Settle(int index, RunOutcome outcome)
    {
        if (outcome is not RunOutcome.Completed)
        {
            _outcomes[index] = outcome;
        }

        if (outcome is RunOutcome.Cancelled)
        {
            _told = false;
        }

        return Ledger.Settle(index, outcome);
    }

    private SweepStep AfterTuning() =>
        Tuning is { } tuning ? new SweepStep.Enter(Into(SweepStage.CrossValidation), tuning.Reason)
        : _whyStopped is { } why ? new SweepStep.End(SweepStage.Stopped, why, AfterRetry: false)
        : new SweepStep.DecideTuning();

    private SweepStep AfterCrossValidation() =>
        Plan.Spec.Ablation is null ? Finish()
        : Choice is { Folds.Count: > 0 } choice ? new SweepStep.Enter(Into(SweepStage.Ablation), choice.Reason)
        : (Choice?.Reason ?? _whyStopped) is { } why ? new SweepStep.End(SweepStage.Stopped, why, AfterRetry: false)
        : new SweepStep.DecideChoice();

    private SweepStep.End Finish() => new(
        SweepStage.Finished,
        Ledger.Count(RunState.Failed) is > 0 and var failed ? $"{failed} runs failed; their figures are incomplete." : null,
        AfterRetry: State.Retries > 0);

    private SweepState Into(SweepStage stage) => State with { Stage = SweepStages.Move(Stage, stage) };

    private void Take(Tuning tuning)
    {
        Tuning = tuning;
        Ledger.Choose(tuning);
    }

    private void Take(Choice choice)
    {
        Choice = choice;
        Ledger.Choose(choice);
    }

    private IReadOnlyList<IndexRange> RangesOf(RunState state) =>
        Enumerable.Range(0, Plan.Runs.Count).Where(i => Ledger.States[i] == state).ToRanges();
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>The process is killed, or a write fails: what was in memory is gone.</summary>
internal sealed class CrashException : Exception;

/// <summary>The scheduler was not reached: what is in memory stays.</summary>
internal sealed class NotReachedException : Exception;

/// <summary>
/// A disk, a real queue, and what the sweep grain does between them and a machine. The fuse counts down at each durable effect: at an even
/// number the host dies before it, at an odd one after it.
/// </summary>
internal sealed class SweepHost
{
    private static readonly RunScores Scores = new()
    {
        SelectedStep = 1,
        Selection = [new SelectionPoint(1, 0.5)],
        HeldOut = [new PatientScore("A", [new SliceScore(0, new Confusion(1, 1, 1, 1), Confusion.Zero, Confusion.Zero, Confusion.Zero)])],
    };

    private readonly Plan _plan;
    private readonly List<RetryOrder> _orders = [];
    private readonly Dictionary<int, RunOutcome> _outcomes = [];
    private readonly LeasePolicy _policy = new();
    private SweepState _state;
    private Tuning? _tuning;
    private Choice? _choice;
    private int _fuse = int.MaxValue;
    private bool _isSchedulerAway;

    public SweepHost(Plan plan)
    {
        _plan = plan;
        Queue = NewQueue(new QueueSnapshot());
        _state = new SweepState { Stage = SweepStages.First(plan, null), Started = Now, Epoch = 1 };
        Sweep = Machine();
        Tell();
    }

    public static DateTimeOffset Now { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public SweepMachine Sweep { get; private set; }

    public LeaseQueue Queue { get; private set; }

    /// <summary>A report of all that is completed is stored.</summary>
    public bool IsReported { get; set; }

    /// <summary>Whether the result of a completed run can be read, by run id.</summary>
    public Func<string, bool> HasResult { get; init; } = _ => true;

    public IReadOnlyDictionary<int, RunOutcome> Outcomes => _outcomes;

    public OpenRuns Open => Queue.OpenRunsOf(_plan.Sweep);

    /// <summary>
    /// Does something that may crash at an effect, after which another activation begins; <paramref name="schedulerAway"/> fails every
    /// telling.
    /// </summary>
    public void Try(Action act, int fuse, bool schedulerAway = false)
    {
        (_fuse, _isSchedulerAway) = (fuse, schedulerAway);
        try
        {
            act();
        }
        catch (NotReachedException)
        {
            if (Sweep.IsRetrying)
            {
                Restart();
            }
        }
        catch (CrashException)
        {
            Restart();
        }
        finally
        {
            (_fuse, _isSchedulerAway) = (int.MaxValue, false);
        }
    }

    /// <summary>What an activation made now would be before it does anything.</summary>
    public SweepMachine Machine() => new(
        new SweepRecords
        {
            Plan = _plan,
            State = CanonicalJson.Read<SweepState>(CanonicalJson.Write(_state), "state"),
            Tuning = _tuning,
            Choice = _choice,
            Outcomes = _outcomes,
            Order = _orders.ElementAtOrDefault(_state.Retries),
        },
        Open);

    public void RestartScheduler() => Queue = NewQueue(CanonicalJson.Read<QueueSnapshot>(CanonicalJson.Write(Queue.Snapshot()), "snapshot"));

    public void GoOn()
    {
        while (Sweep.Next() is var step and not SweepStep.Nothing)
        {
            Do(step);
        }
    }

    public void Ask(SweepState? next)
    {
        if (next is not null)
        {
            Store(next);
        }

        Tell();
    }

    public void CancelRun(int index)
    {
        var outcome = new RunOutcome.Cancelled("asked");
        foreach (int each in Sweep.RunsToCancel([_plan.Runs[index].Run]))
        {
            Effect(() => _outcomes[each] = outcome);
            Sweep.Settle(each, outcome);
        }

        Tell();
    }

    public int Retry(IReadOnlyList<string> runs, bool failed, bool cancelled)
    {
        if (Sweep.Retry(runs, failed, cancelled, Now, LostOf(runs)) is not { } order)
        {
            return 0;
        }

        Order(order);
        return order.Indices().Count();
    }

    public void RunSettled(string run, RunOutcome outcome)
    {
        bool resultDecides = outcome is RunOutcome.Failed && IsCompleted(run) && HasResult(run);
        if (Sweep.Awaits(run) is not { } index || resultDecides
            || ((outcome is RunOutcome.Failed || Sweep.Ledger.States[index] == RunState.Failed) && !Open.Settles(index, outcome)))
        {
            return;
        }

        if (outcome is RunOutcome.Failed && IsCompleted(run))
        {
            Sweep.Lose(index);
        }

        Sweep.RequireMaySettle(index, outcome);
        if (outcome is RunOutcome.Failed)
        {
            Effect(() => _outcomes[index] = outcome);
        }

        Sweep.Settle(index, outcome);
    }

    /// <summary>A new activation; the fuse goes on burning only while the act lasts that lit it.</summary>
    public void Restart()
    {
        (_fuse, _isSchedulerAway) = (int.MaxValue, false);
        _state = _state with { Epoch = _state.Epoch + 1 };
        Sweep = Machine();
        CarryOutOrder();
    }

    private LeaseQueue NewQueue(QueueSnapshot snapshot) => new(snapshot, (_, index) => _plan.Runs[index].Run, _policy, Now);

    private void Tell()
    {
        if (Sweep.Next() is SweepStep.Tell tell)
        {
            Do(tell);
        }
    }

    private void Order(RetryOrder order)
    {
        Effect(() => _orders.Add(order));
        Sweep.Ordered(order);
        CarryOutOrder();
    }

    private void CarryOutOrder()
    {
        while (Sweep.IsRetrying)
        {
            Do(Sweep.Next());
        }
    }

    private void Do(SweepStep step)
    {
        switch (step)
        {
            case SweepStep.Tell tell:
                if (_isSchedulerAway)
                {
                    throw new NotReachedException();
                }

                Effect(() => Queue.Want(CanonicalJson.Read<SweepWants>(CanonicalJson.Write(tell.Wants), "wants"), Now));
                Sweep.Told();
                break;
            case SweepStep.DecideTuning when LostOf(_plan.TuningRuns().Select(r => r.Run)) is { Count: > 0 } lost:
                Order(RetryOrder.OfLost(lost, Now));
                break;
            case SweepStep.DecideTuning:
                Tuning tuning = TuningRule.Decide(_plan, ScoresOf);
                if (tuning.IsDecided)
                {
                    Effect(() => _tuning = tuning);
                }

                Sweep.Decided(tuning);
                break;
            case SweepStep.DecideChoice
                when LostOf(_plan.WithChosen(Sweep.Tuning).Runs.Where(r => r.Level is null).Select(r => r.Run)) is { Count: > 0 } lost:
                Order(RetryOrder.OfLost(lost, Now));
                break;
            case SweepStep.DecideChoice:
                Choice choice = ChoiceRule.Decide(_plan.WithChosen(Sweep.Tuning), ScoresOf);
                if (choice.Folds.Count > 0)
                {
                    Effect(() => _choice = choice);
                }

                Sweep.Decided(choice);
                break;
            case SweepStep.Enter enter:
                Store(enter.Next);
                break;
            case SweepStep.End end:
                Effect(() => IsReported &= !end.AfterRetry);
                Store(Sweep.Ended(end.Stage, end.Message, Open, Now));
                break;
            case SweepStep.Reopen reopen:
                Store(reopen.Next);
                break;
            case SweepStep.Clear clear:
                foreach (int index in clear.Outcomes)
                {
                    Effect(() => _outcomes.Remove(index));
                }

                Effect(() => IsReported = false);
                Sweep.Cleared();
                break;
            case SweepStep.Count count:
                Store(count.Next);
                break;
            default:
                throw new InvalidOperationException(step.ToString());
        }
    }

    /// <summary>Those of the runs, by plan index, that are completed and have no result that can be read.</summary>
    private HashSet<int> LostOf(IEnumerable<string> runs) => [.. runs.Where(run => !HasResult(run) && IsCompleted(run)).Select(IndexOf)];

    private bool IsCompleted(string run) => Sweep.Ledger.States[IndexOf(run)] == RunState.Completed;

    private int IndexOf(string run) => Sweep.Ledger.IndexOf(run)!.Value;

    private RunScores? ScoresOf(string run) => IsCompleted(run) ? Scores : null;

    private void Store(SweepState next)
    {
        Effect(() => _state = next);
        Sweep.Believe(next);
    }

    private void Effect(Action effect)
    {
        if (_fuse == 0)
        {
            throw new CrashException();
        }

        effect();
        if (_fuse == 1)
        {
            throw new CrashException();
        }

        _fuse -= 2;
    }
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

internal enum SweepAct
{
    Grant, Complete, Fail, Lose, Deliver, Redeliver, GoOn, Train, Pause, Resume, PauseRun, ResumeRun, CancelRun, Cancel, RetryAll, RetryFailed,
    RetryRun, LoseResult, RetryLost, Report, Restart, RestartScheduler,
}

/// <summary>
/// One sweep over a real queue: runs that are granted, complete, fail and are lost, outcomes that come late and twice, results that are
/// damaged, what people ask, and a crash at any effect of any of it. After each act the promises are checked.
/// </summary>
internal sealed class SweepWorld
{
    private readonly Plan _plan;
    private readonly SweepHost _host;
    private readonly HashSet<string> _results = [];
    private readonly HashSet<string> _completed = [];
    private readonly List<Settlement> _sent = [];
    private long _sequence;

    public SweepWorld(Plan plan)
    {
        _plan = plan;
        _host = new SweepHost(plan) { HasResult = _results.Contains };
    }

    private SweepMachine Sweep => _host.Sweep;

    public void Play(IEnumerable<(SweepAct Act, int Pick, int Fuse)> history)
    {
        foreach ((SweepAct act, int pick, int fuse) in history)
        {
            // A third of the fuses are long; of the others every fourth is a scheduler that is away.
            bool burns = fuse < 24;
            _host.Try(() => Do(act, pick), burns && fuse % 4 != 3 ? fuse / 2 : int.MaxValue, schedulerAway: burns && fuse % 4 == 3);
            Check();
        }
    }

    /// <summary>Nobody asks any more, nothing crashes, and every attempt completes: the sweep ends; asked to train the rest, it completes.</summary>
    public void RunToTheEnd()
    {
        _host.Ask(Sweep.SetPaused(false));
        TrainAll();
        Assert.True(Sweep.State.HasEnded, "the sweep reaches an end");
        for (int i = 0; i < 3; i++)
        {
            _host.Retry([], failed: true, cancelled: true);
            TrainAll();
            if (Lost() is { Length: > 0 } lost)
            {
                _host.Retry(lost, failed: false, cancelled: false);
                TrainAll();
            }
        }

        Assert.Equal(SweepStage.Finished, Sweep.Stage);
        Assert.Null(Sweep.State.Message);
        Assert.DoesNotContain(_host.Outcomes, o => Sweep.Ledger.States[o.Key] != RunState.NotChosen);
        Assert.All(Enumerable.Range(0, _plan.Runs.Count), i => Assert.True(
            Sweep.Ledger.States[i] == RunState.NotChosen || (
                Sweep.Ledger.States[i] == RunState.Completed && _results.Contains(_plan.Runs[i].Run)), $"run {i} is completed"));
        Assert.Null(_host.Open.Queue);
    }

    private void Do(SweepAct act, int pick)
    {
        Lease? lease = _host.Queue.Leases.Count == 0 ? null : _host.Queue.Leases.ElementAt(pick % _host.Queue.Leases.Count);
        int index = pick % _plan.Runs.Count;
        switch (act)
        {
            case SweepAct.Grant: Grant(); break;
            case SweepAct.Complete when lease is not null: Complete(lease, found: false); break;
            case SweepAct.Fail when lease is not null: _host.Queue.Fail(lease.Token, FailureClass.Divergence, "x", [], SweepHost.Now); break;
            case SweepAct.Lose when lease is not null: _host.Queue.Lose(new LostLease(lease.Token, "x", false), SweepHost.Now); break;
            case SweepAct.Deliver when _host.Queue.Outbox.Count > 0: Deliver(_host.Queue.Outbox[pick % _host.Queue.Outbox.Count]); break;
            case SweepAct.Redeliver when _sent.Count > 0: Deliver(_sent[pick % _sent.Count]); break;
            case SweepAct.GoOn: _host.GoOn(); break;
            case SweepAct.Train: Train(runs: pick % 20, failEvery: 5 + (pick % 7)); break;
            case SweepAct.Pause: _host.Ask(Sweep.SetPaused(true)); break;
            case SweepAct.Resume: _host.Ask(Sweep.SetPaused(false)); break;
            case SweepAct.PauseRun when IsQueued(index): _host.Ask(Sweep.PauseRuns([_plan.Runs[index].Run])); break;
            case SweepAct.ResumeRun when IsQueued(index): _host.Ask(Sweep.ResumeRuns([_plan.Runs[index].Run])); break;
            case SweepAct.CancelRun when IsQueued(index): _host.CancelRun(index); break;
            case SweepAct.Cancel when pick % 4 == 0: _host.Ask(Sweep.Cancel("asked", _host.Open, SweepHost.Now)); break;
            case SweepAct.RetryAll: _host.Retry([], failed: true, cancelled: true); break;
            case SweepAct.RetryFailed: _host.Retry([], failed: true, cancelled: false); break;
            case SweepAct.RetryRun when Sweep.Ledger.States[index] is RunState.Failed or RunState.Cancelled:
                _host.Retry([_plan.Runs[index].Run], true, true); break;
            case SweepAct.LoseResult when Sweep.Ledger.States[index] is RunState.Completed: _results.Remove(_plan.Runs[index].Run); break;
            case SweepAct.RetryLost when Lost() is { Length: > 0 } lost: _host.Retry(lost, failed: false, cancelled: false); break;
            case SweepAct.Report: _host.IsReported |= Sweep.Stage == SweepStage.Finished; break;
            case SweepAct.Restart: _host.Restart(); break;
            case SweepAct.RestartScheduler: _host.RestartScheduler(); break;
            default: break;
        }
    }

    /// <summary>Completed runs without a result, by run id.</summary>
    private string[] Lost() =>
    [
        .. _plan.Runs.Index().Where(r => Sweep.Ledger.States[r.Index] == RunState.Completed).Select(r => r.Item.Run)
            .Where(run => !_results.Contains(run)),
    ];

    private bool IsQueued(int index) => !Sweep.State.HasEnded && Sweep.Ledger.States[index] == RunState.Queued;

    private Lease? Grant()
    {
        while (_host.Queue.Grant("w", ++_sequence, _plan.Numerics.ToString(), SweepHost.Now) is { } lease)
        {
            if (!_results.Contains(lease.Run))
            {
                return lease;
            }

            Complete(lease, found: true);
        }

        return null;
    }

    private void Complete(Lease lease, bool found)
    {
        _results.Add(lease.Run);
        _completed.Add(lease.Run);
        _host.Queue.Complete(lease.Run, found, SweepHost.Now);
    }

    private void Deliver(Settlement settlement)
    {
        _sent.Add(settlement);
        _host.RunSettled(settlement.Run, settlement.Outcome);
        _host.Queue.Acknowledge(settlement.Run, settlement.Token, _plan.Sweep);
    }

    private void Train(int runs, int failEvery)
    {
        for (int i = 1; i <= runs && Grant() is { } lease; i++)
        {
            if (i % failEvery == 0)
            {
                _host.Queue.Fail(lease.Token, FailureClass.Divergence, "x", [], SweepHost.Now);
            }
            else
            {
                Complete(lease, found: false);
            }
        }

        while (_host.Queue.Outbox.Count > 0)
        {
            Deliver(_host.Queue.Outbox[0]);
        }

        _host.GoOn();
    }

    private void TrainAll()
    {
        _host.GoOn();
        (int, int) before = (-1, -1);
        while (!Sweep.State.HasEnded && before != Progress())
        {
            before = Progress();
            _host.Ask(
                Sweep.State.PausedRuns.Count > 0 ? Sweep.ResumeRuns(Sweep.State.PausedRuns.Where(IsQueued).Select(i => _plan.Runs[i].Run)) : null);
            foreach (Lease lease in _host.Queue.Leases.ToList())
            {
                Complete(lease, found: false);
            }

            Train(runs: int.MaxValue, failEvery: int.MaxValue);
        }

        // An order makes progress too: it queues runs again whose results are lost.
        (int Settled, int Orders) Progress() => (Sweep.Ledger.States.Count(state => !RunStates.IsOpen(state)), Sweep.State.Retries);
    }

    /// <summary>What the ledger counts as runs move is what there is to count.</summary>
    private void CheckCounts(SweepLedger ledger)
    {
        Assert.All(Enum.GetValues<RunState>(), state => Assert.Equal(ledger.States.Count(s => s == state), ledger.Count(state)));
        Assert.Equal(ledger.States.Any(RunStates.IsOpen), ledger.HasOpen);
        Assert.Equal(ledger.States.Take(_plan.CrossValidationRuns).Any(RunStates.IsOpen), ledger.HasOpenCrossValidation);
        Assert.Equal(ledger.TuningRuns.Any(i => RunStates.IsOpen(ledger.States[i])), ledger.HasOpenTuning);
        Assert.Equal(ledger.TuningRuns.Count(i => !RunStates.IsOpen(ledger.States[i])), ledger.TuningProgress?.Settled ?? 0);
    }

    private void Check()
    {
        SweepMachine restored = _host.Machine();
        Assert.False(Sweep.IsRetrying, "between acts no order is under way");
        CheckCounts(Sweep.Ledger);
        Assert.Equal(CanonicalJson.Write(restored.State), CanonicalJson.Write(Sweep.State with { Epoch = restored.State.Epoch }));
        bool equal = true;
        for (int i = 0; i < _plan.Runs.Count; i++)
        {
            // A result that came late, while a retry had the run queued: the scheduler finds it, or has it trained again if it is lost
            // meanwhile, and tells the sweep again.
            bool late = Sweep.Ledger.States[i] == RunState.Completed
                && restored.Ledger.States[i] == RunState.Queued
                && _completed.Contains(_plan.Runs[i].Run);
            Assert.True(
                late || Sweep.Ledger.States[i] == restored.Ledger.States[i],
                $"run {i} is {Sweep.Ledger.States[i]}, and {restored.Ledger.States[i]} to another activation");
            equal &= !late;
        }

        if (equal)
        {
            Assert.Equal(CanonicalJson.Write(Sweep.Wants()), CanonicalJson.Write(restored.Wants()));
        }

        if (Sweep.Next() is SweepStep.Tell)
        {
            return;
        }

        restored.Told();
        Assert.True(!equal || restored.Next().GetType() == Sweep.Next().GetType(), "another activation goes on in the same way");
        CheckQueue();
    }

    /// <summary>Of a sweep that has told what it wants.</summary>
    private void CheckQueue()
    {
        byte[] before = CanonicalJson.Write(_host.Queue.Snapshot());
        _host.Queue.Want(Sweep.Wants(), SweepHost.Now);
        Assert.Equal(before, CanonicalJson.Write(_host.Queue.Snapshot()));
        OpenRuns open = _host.Open;
        Assert.Equal(Sweep.State.HasEnded, open.Queue is null);
        if (open.Queue is not { } queue)
        {
            return;
        }

        Assert.Equal((Sweep.State.Paused, string.Join(' ', Sweep.State.PausedRuns)), (queue.Paused, string.Join(' ', queue.Held)));
        HashSet<int> places = [.. queue.Requeued.Select(r => r.Index), .. open.Leases.Select(l => l.Index), .. open.Settling.Select(s => s.Index)];
        for (int i = 0; i < _plan.Runs.Count; i++)
        {
            bool ahead = queue.PositionOf(i) >= queue.Cursor && !queue.Withdrawn.Contains(i);
            Assert.True(Sweep.Ledger.States[i] != RunState.Queued || ahead || places.Contains(i), $"run {i} is lost");
            Assert.True(Sweep.Ledger.States[i] != RunState.Cancelled || (!ahead && !places.Contains(i)), $"run {i} is cancelled and still trained");
        }
    }
}

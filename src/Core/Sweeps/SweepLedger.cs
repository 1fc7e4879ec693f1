using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// Which of a sweep's runs are settled, and what that means for its stage: pure bookkeeping over the plan. Running is not kept here;
/// leases say who runs.
/// </summary>
public sealed class SweepLedger
{
    private readonly Plan _plan;
    private readonly RunState[] _states;
    private readonly Dictionary<string, int> _indexOf;
    private readonly Lazy<ILookup<(int Fold, int? Level), int>> _cells;

    // Counted as runs move, because every settlement asks for the counts, and a sweep has many runs.
    private readonly int[] _counts = new int[Enum.GetValues<RunState>().Length];
    private readonly int _tuningRuns;
    private int _openTuning;
    private int _openCrossValidation;
    private Tuning? _tuning;

    /// <summary>A ledger in which nothing has happened.</summary>
    public SweepLedger(Plan plan)
    {
        _plan = plan;
        _states = new RunState[plan.Runs.Count];
        for (int i = 0; i < plan.CrossValidationRuns; i++)
        {
            _states[i] = plan.Runs[i].Candidate is null || plan.IsTuning(plan.Runs[i]) ? RunState.Queued : RunState.Conditional;
        }

        _indexOf = Enumerable.Range(0, plan.Runs.Count).ToDictionary(i => plan.Runs[i].Run);
        _cells = new(() => Enumerable.Range(0, plan.Runs.Count).ToLookup(i => (plan.Runs[i].Fold, plan.Runs[i].Level)));
        foreach (IGrouping<RunState, RunState> state in _states.GroupBy(s => s))
        {
            _counts[(int)state.Key] = state.Count();
        }

        _tuningRuns = _openTuning = TuningRuns.Count();
        _openCrossValidation = plan.CrossValidationRuns;
    }

    public IReadOnlyList<RunState> States => _states;

    /// <summary>Plan index of a run, or null when this sweep does not plan it.</summary>
    public int? IndexOf(string run) => _indexOf.TryGetValue(run, out int index) ? index : null;

    public int Planned => _states.Length - Count(RunState.Conditional) - Count(RunState.NotChosen);

    public int Count(RunState state) => _counts[(int)state];

    /// <summary>Runs of each variant that have an outcome.</summary>
    public IReadOnlyList<VariantProgress> SettledByVariant()
    {
        var counts = new (int CrossValidation, int Ablation)[_plan.Spec.Variants.Count];
        foreach ((int i, RunState state) in _states.Index())
        {
            if (RunStates.IsSettled(state))
            {
                ref (int CrossValidation, int Ablation) count = ref counts[_plan.Runs[i].Variant];
                count = _plan.Runs[i].Level is null ? (count.CrossValidation + 1, count.Ablation) : (count.CrossValidation, count.Ablation + 1);
            }
        }

        return [.. _plan.Spec.Variants.Zip(counts, (v, c) => new VariantProgress(v.Name, c.CrossValidation, c.Ablation))];
    }

    /// <summary>A candidate's run of the tuning stage is open; never when nothing is tuned.</summary>
    public bool HasOpenTuning => _openTuning > 0;

    /// <summary>Plan indices of the tuning stage.</summary>
    public IEnumerable<int> TuningRuns => Enumerable.Range(0, _plan.CrossValidationRuns).Where(i => _plan.IsTuning(_plan.Runs[i]));

    /// <summary>
    /// The run is not chosen because its candidate was not. If it was settled without a result before, nothing else remembers that.
    /// </summary>
    public bool IsClosed(int index) => _states[index] == RunState.NotChosen && IsOfLosingCandidate(index);

    /// <summary>How far the tuning stage is; null when nothing is tuned.</summary>
    public TuningProgress? TuningProgress => _tuningRuns == 0 ? null : new TuningProgress(_tuningRuns - _openTuning, _tuningRuns);

    /// <summary>
    /// The run is of a variant's chosen settings. Held-out scores of other candidates are in no comparison, nor are any before the choice.
    /// </summary>
    public bool IsCompared(int index) =>
        _plan.Runs[index] is var run && (run.Candidate is null || (_tuning is { } tuning && tuning.ChosenOf(run.Variant) == run.Candidate));

    /// <summary>The runs of a fold (level null) or of an ablation point.</summary>
    public CellRuns CellOf(int fold, int? level)
    {
        IEnumerable<int> cell = _cells.Value[(fold, level)];
        return new CellRuns([.. cell.Where(IsCompared)], [.. cell.Where(i => _states[i] == RunState.Completed)]);
    }

    /// <summary>Cross-validation runs that are open; of a variant whose candidate is not chosen yet, as many as it will have.</summary>
    public int OpenCrossValidation => Enumerable.Range(0, _plan.CrossValidationRuns)
        .Count(i => _tuning is null && _plan.Runs[i].Candidate is { } candidate ? candidate == 0 : RunStates.IsOpen(_states[i]));

    public bool HasOpenCrossValidation => _openCrossValidation > 0;

    public bool HasOpen => Enum.GetValues<RunState>().Where(RunStates.IsOpen).Any(state => Count(state) > 0);

    /// <summary>
    /// Queues the chosen candidates' cross-validation runs and closes all runs of the others that have no result. A repeat changes nothing.
    /// </summary>
    public void Choose(Tuning tuning)
    {
        _tuning = tuning;
        for (int i = 0; i < _states.Length; i++)
        {
            if (IsOfLosingCandidate(i))
            {
                Close(i);
            }
            else if (_states[i] == RunState.Conditional && _plan.Runs[i] is { Candidate: not null, Level: null })
            {
                Move(i, RunState.Queued);
            }
        }
    }

    /// <summary>Queues the chosen folds' ablation runs and closes the others. A repeat changes nothing.</summary>
    public void Choose(Choice choice)
    {
        foreach (FoldPlan fold in _plan.Folds)
        {
            for (int i = fold.AblationStart; i < fold.AblationStart + fold.AblationCount; i++)
            {
                if (_states[i] == RunState.Conditional)
                {
                    Move(i, choice.Folds.Contains(fold.Index) ? RunState.Queued : RunState.NotChosen);
                }
            }
        }
    }

    /// <summary>True when the run may take this outcome or has it already; false when it is settled otherwise or was never wanted.</summary>
    public bool MaySettle(int index, RunOutcome outcome) => IsRepeat(index, StateOf(outcome)) || RunStates.IsLegal(_states[index], StateOf(outcome));

    /// <summary>Records an outcome. Returns false for a repeat.</summary>
    /// <exception cref="InvalidOperationException">The run is settled otherwise, or was never wanted.</exception>
    public bool Settle(int index, RunOutcome outcome)
    {
        RunState to = StateOf(outcome);
        if (IsRepeat(index, to))
        {
            return false;
        }

        MoveOrClose(index, to);
        return true;
    }

    /// <summary>Cancels everything that is queued. Conditional runs stay so: nobody knows whether they would have been wanted.</summary>
    public void CancelRest()
    {
        for (int i = 0; i < _states.Length; i++)
        {
            if (_states[i] == RunState.Queued)
            {
                MoveOrClose(i, RunState.Cancelled);
            }
        }
    }

    /// <summary>
    /// Wants a failed or cancelled run again. A run that is queued already stays so, and one that is closed (<see cref="IsClosed"/>) too.
    /// </summary>
    /// <exception cref="InvalidOperationException">The run is completed, or was never wanted.</exception>
    public void Retry(int index)
    {
        if (_states[index] != RunState.Queued && !IsClosed(index))
        {
            Move(index, RunState.Queued);
        }
    }

    /// <summary>Wants a completed run again whose result is missing or cannot be read. Nothing else leads out of completed.</summary>
    public void Lose(int index)
    {
        if (_states[index] == RunState.Completed)
        {
            Put(index, RunState.Queued);
        }
    }

    /// <summary>
    /// Re-derives what was settled: the scheduler handed out everything before its cursor, so what it no longer holds open and no stored
    /// outcome names was completed.
    /// </summary>
    /// <param name="open">What the scheduler holds open.</param>
    /// <param name="outcomes">Stored outcomes by plan index.</param>
    /// <param name="retried">Runs that are wanted again, whatever the scheduler and the stored outcomes still say.</param>
    public void Restore(OpenRuns open, IReadOnlyDictionary<int, RunOutcome> outcomes, IReadOnlySet<int> retried)
    {
        if (open.Queue is { } queue)
        {
            HashSet<int> notSettled =
                [.. queue.Requeued.Select(r => r.Index), .. open.Leases.Select(l => l.Index), .. open.Settling.Select(s => s.Index), .. retried];
            foreach (int index in queue.HandedOut().Where(i => !notSettled.Contains(i) && !outcomes.ContainsKey(i)))
            {
                Settle(index, new RunOutcome.Completed());
            }
        }

        foreach ((int index, RunOutcome outcome) in outcomes.Where(o => !retried.Contains(o.Key)))
        {
            Settle(index, outcome);
        }
    }

    /// <summary>One bit per run, for what the scheduler does not tell: runs that were settled before it was handed the sweep.</summary>
    public byte[] Bits(Func<int, bool> includes)
    {
        byte[] bits = new byte[(_states.Length + 7) / 8];
        for (int i = 0; i < _states.Length; i++)
        {
            if (includes(i))
            {
                bits[i / 8] |= (byte)(1 << (i % 8));
            }
        }

        return bits;
    }

    /// <summary>Settles the runs whose bits are set.</summary>
    public void RestoreBits(byte[]? bits, RunOutcome outcome)
    {
        for (int i = 0; bits is not null && i < _states.Length; i++)
        {
            if ((bits[i / 8] & (1 << (i % 8))) != 0)
            {
                Settle(i, outcome);
            }
        }
    }

    private static RunState StateOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Completed => RunState.Completed,
        RunOutcome.Failed => RunState.Failed,
        RunOutcome.Cancelled => RunState.Cancelled,
        _ => throw new InvalidOperationException($"a run cannot be settled by {outcome.GetType().Name}"),
    };

    private bool IsRepeat(int index, RunState to) =>
        _states[index] == to || (to != RunState.Completed && IsClosed(index));

    private bool IsOfLosingCandidate(int index) =>
        _plan.Runs[index] is { Candidate: { } candidate, Variant: var variant } && _tuning is { } tuning && tuning.ChosenOf(variant) != candidate;

    /// <summary>Without a result, the run of a candidate that was not chosen is not chosen either.</summary>
    private void MoveOrClose(int index, RunState to)
    {
        Move(index, to);
        if (IsOfLosingCandidate(index))
        {
            Close(index);
        }
    }

    private void Close(int index)
    {
        if (RunStates.IsLegal(_states[index], RunState.NotChosen))
        {
            Move(index, RunState.NotChosen);
        }
    }

    private void Move(int index, RunState to) => Put(index, RunStates.Move(_states[index], to));

    private void Put(int index, RunState to)
    {
        RunState from = _states[index];
        _states[index] = to;
        _counts[(int)from]--;
        _counts[(int)to]++;
        int opened = (RunStates.IsOpen(to) ? 1 : 0) - (RunStates.IsOpen(from) ? 1 : 0);
        if (index < _plan.CrossValidationRuns)
        {
            _openCrossValidation += opened;
            _openTuning += _plan.IsTuning(_plan.Runs[index]) ? opened : 0;
        }
    }
}

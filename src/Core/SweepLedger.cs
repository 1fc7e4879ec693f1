namespace AdvSeg.Core;

/// <summary>
/// Which of a sweep's runs are settled, and what that means for its stage: pure bookkeeping over the plan. Running is not kept here;
/// leases say who runs.
/// </summary>
public sealed class SweepLedger
{
    private readonly Plan _plan;
    private readonly RunState[] _states;
    private readonly Dictionary<string, int> _indexOf;

    /// <summary>A ledger in which nothing has happened.</summary>
    public SweepLedger(Plan plan)
    {
        _plan = plan;
        _states = new RunState[plan.Runs.Count];
        Array.Fill(_states, RunState.Queued, 0, plan.CrossValidationRuns);
        _indexOf = Enumerable.Range(0, plan.Runs.Count).ToDictionary(i => plan.Runs[i].Run);
    }

    public IReadOnlyList<RunState> States => _states;

    /// <summary>Plan index of a run, or null when this sweep does not plan it.</summary>
    public int? IndexOf(string run) => _indexOf.TryGetValue(run, out int index) ? index : null;

    public int Planned => _states.Count(s => s is not (RunState.Conditional or RunState.NotChosen));

    public int Count(RunState state) => _states.Count(s => s == state);

    public bool CrossValidationSettled => _states.AsSpan(0, _plan.CrossValidationRuns).ToArray().All(RunStates.IsSettled);

    public bool Settled => _states.All(RunStates.IsSettled);

    /// <summary>The chosen folds' ablation ranges, in fold order.</summary>
    public static IReadOnlyList<IndexRange> RangesOf(Plan plan, Choice choice) =>
        [.. choice.Folds.Select(f => plan.Folds[f]).Where(f => f.AblationCount > 0).Select(f => new IndexRange(f.AblationStart, f.AblationCount))];

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

    /// <summary>Records an outcome. Returns false for a repeat.</summary>
    /// <exception cref="InvalidOperationException">The run is settled otherwise, or was never wanted.</exception>
    public bool Settle(int index, RunOutcome outcome)
    {
        RunState to = outcome switch
        {
            RunOutcome.Completed => RunState.Completed,
            RunOutcome.Failed => RunState.Failed,
            _ => RunState.Cancelled,
        };
        if (_states[index] == to)
        {
            return false;
        }

        Move(index, to);
        return true;
    }

    /// <summary>Cancels everything that is not settled.</summary>
    public void CancelRest()
    {
        for (int i = 0; i < _states.Length; i++)
        {
            if (!RunStates.IsSettled(_states[i]))
            {
                Move(i, RunState.Cancelled);
            }
        }
    }

    /// <summary>
    /// Re-derives what was settled: the scheduler handed out everything before its cursor, so what it no longer holds open and no stored
    /// outcome names was completed.
    /// </summary>
    public void Restore(OpenRuns open, IReadOnlyDictionary<int, RunOutcome> outcomes)
    {
        if (open.Queue is { } queue)
        {
            HashSet<int> notSettled = [.. queue.Requeued.Select(r => r.Index), .. open.Leases.Select(l => l.Index), .. open.Settling];
            foreach (int index in HandedOut(queue).Where(i => !notSettled.Contains(i) && !outcomes.ContainsKey(i)))
            {
                Settle(index, new RunOutcome.Completed());
            }
        }

        foreach ((int index, RunOutcome outcome) in outcomes)
        {
            Settle(index, outcome);
        }
    }

    /// <summary>The completed runs as bits, for a sweep that the scheduler has forgotten.</summary>
    public byte[] CompletedBits()
    {
        byte[] bits = new byte[(_states.Length + 7) / 8];
        for (int i = 0; i < _states.Length; i++)
        {
            if (_states[i] == RunState.Completed)
            {
                bits[i / 8] |= (byte)(1 << (i % 8));
            }
        }

        return bits;
    }

    /// <summary>The reverse of <see cref="CompletedBits"/>.</summary>
    public void RestoreCompleted(byte[] bits)
    {
        for (int i = 0; i < _states.Length; i++)
        {
            if ((bits[i / 8] & (1 << (i % 8))) != 0)
            {
                Settle(i, new RunOutcome.Completed());
            }
        }
    }

    private static IEnumerable<int> HandedOut(SweepQueue queue) =>
        queue.Ranges.SelectMany(r => Enumerable.Range(r.Start, r.Count)).Take(queue.Cursor);

    private void Move(int index, RunState to) => _states[index] = RunStates.Move(_states[index], to);
}

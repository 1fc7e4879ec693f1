using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Sweeps;

/// <summary>How far an order is.</summary>
internal enum RetryPhase
{
    Reopening,
    Telling,
    Clearing,
    Counting,
}

/// <summary>
/// One order to train settled runs again while it is carried out: reopen the sweep, tell the scheduler, delete what is stored of the old
/// outcomes, count the order as done. A crash at any point leads back to the first of these.
/// </summary>
internal sealed class RetryProgress(RetryOrder order)
{
    public RetryOrder Order => order;

    public RetryPhase Phase { get; private set; }

    /// <summary>The order's next step, for a machine that has nothing left to tell the scheduler.</summary>
    public SweepStep Next(SweepMachine sweep) => Phase switch
    {
        RetryPhase.Reopening => new SweepStep.Reopen(Reopened(sweep)),
        RetryPhase.Clearing => new SweepStep.Clear([.. order.Indices().Where(sweep.Outcomes.ContainsKey)]),
        RetryPhase.Counting => new SweepStep.Count(sweep.State with { Retries = sweep.State.Retries + 1 }),
        RetryPhase.Telling => throw new InvalidOperationException($"an order has nothing to do in phase {Phase}"),
    };

    public void Reopened() => Phase = RetryPhase.Telling;

    public void Told() => Phase = Phase == RetryPhase.Telling ? RetryPhase.Clearing : Phase;

    public void Cleared() => Phase = RetryPhase.Counting;

    private byte[]? WithoutLost(byte[]? completed)
    {
        byte[]? bits = completed?.ToArray();
        foreach (int index in bits is null ? [] : order.LostIndices())
        {
            bits![index / 8] &= (byte)~(1 << (index % 8));
        }

        return bits;
    }

    /// <summary>The sweep goes on where it was: a stored choice stands.</summary>
    private SweepState Reopened(SweepMachine sweep)
    {
        SweepState state = sweep.State;
        SweepLedger ledger = sweep.Ledger;
        SweepState next = state with
        {
            PausedRuns = [.. state.PausedRuns.Except(order.Indices())],
            CompletedBits = WithoutLost(state.CompletedBits),
            CancelledBits = ledger.Bits(i => !sweep.Outcomes.ContainsKey(i) && (ledger.States[i] == RunState.Cancelled || ledger.IsClosed(i))),
        };
        SweepStage stage = sweep.Choice is { Folds.Count: > 0 } ? SweepStage.Ablation : SweepStages.First(sweep.Plan, sweep.Tuning);
        return state.HasEnded ? next with { Stage = SweepStages.Move(sweep.Stage, stage), Ended = null, Message = null } : next;
    }
}

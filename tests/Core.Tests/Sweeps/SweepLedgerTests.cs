using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>What a sweep believes after a restart, from the plan, the stored outcomes and what the scheduler holds open.</summary>
public sealed class SweepLedgerTests
{
    private static readonly RunOutcome Failed = new RunOutcome.Failed(FailureClass.Code, "x", [], 1);
    private static readonly OpenRuns Nothing = new() { Leases = [], Settling = [] };
    private readonly Plan _plan = SmokePlan.Make();

    [Fact]
    public void Restore_HandedOutAndNamedNowhere_IsCompleted()
    {
        var ledger = new SweepLedger(_plan);

        ledger.Restore(Open(cursor: 4, requeued: 1), new Dictionary<int, RunOutcome> { [2] = Failed }, new HashSet<int>());

        Assert.Equal([RunState.Completed, RunState.Queued, RunState.Failed, RunState.Completed, RunState.Queued], ledger.States.Take(5));
    }

    [Fact]
    public void Restore_WithARetryUnderWay_QueuesItsRunsWhateverElseIsStored()
    {
        var ledger = new SweepLedger(_plan);

        ledger.Restore(Open(cursor: 3), new Dictionary<int, RunOutcome> { [1] = Failed }, new HashSet<int> { 1, 2 });

        Assert.Equal([RunState.Completed, RunState.Queued, RunState.Queued], ledger.States.Take(3));
    }

    [Fact]
    public void RestoreBits_OfWhatWasSettledBefore_GivesTheSameStates()
    {
        var before = new SweepLedger(_plan);
        before.Settle(0, new RunOutcome.Completed());
        before.Settle(5, new RunOutcome.Completed());
        before.CancelRest();

        var after = new SweepLedger(_plan);
        after.RestoreBits(before.Bits(i => before.States[i] == RunState.Completed), new RunOutcome.Completed());
        after.RestoreBits(before.Bits(i => before.States[i] == RunState.Cancelled), new RunOutcome.Cancelled("x"));
        after.Restore(Nothing, new Dictionary<int, RunOutcome>(), new HashSet<int>());

        Assert.Equal(before.States, after.States);
        Assert.Contains(RunState.Conditional, after.States);
    }

    [Fact]
    public void Retry_OfACompletedRun_IsRefusedOutLoud()
    {
        var ledger = new SweepLedger(_plan);
        ledger.Settle(0, new RunOutcome.Completed());
        ledger.Settle(1, Failed);

        ledger.Retry(1);
        ledger.Retry(1);

        Assert.Equal(RunState.Queued, ledger.States[1]);
        Assert.Throws<InvalidOperationException>(() => ledger.Retry(0));
    }

    private static OpenRuns Open(int cursor, params int[] requeued) => Nothing with
    {
        Queue = new SweepQueue
        {
            Sweep = "a",
            Owner = "ann",
            Priority = 0,
            Numerics = "cpu",
            Order = 0,
            Ranges = [new IndexRange(0, 6)],
            Cursor = cursor,
            Requeued = [.. requeued.Select(i => new RequeuedRun(i, null, RunHistory.None))],
        },
    };
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>Completed runs whose results are missing or cannot be read: nothing but an order leads out of completed.</summary>
public sealed class LostResultTests
{
    private readonly Plan _plan = SmokePlan.Make();

    [Fact]
    public void Retry_OfARunWhoseResultIsLost_OrdersItAsLost()
    {
        SweepMachine sweep = Settled(completed: [3, 9], failed: [4]);

        RetryOrder order = sweep.Retry([RunOf(9), RunOf(4), RunOf(9)], failed: true, cancelled: false, SweepHost.Now, new HashSet<int> { 3, 9 })!;

        Assert.Equal([4, 9], order.Indices());
        Assert.Equal([9], order.LostIndices());
        Assert.Equal(SweepHost.Now, order.At);
    }

    [Fact]
    public void Retry_OfRunsOfWhichNoneIsLost_OrdersNothingAsLost()
    {
        SweepMachine sweep = Settled(completed: [3], failed: [4]);

        Assert.Null(sweep.Retry([RunOf(4)], failed: true, cancelled: false, SweepHost.Now, new HashSet<int>())!.Lost);
        Assert.Null(sweep.Retry([], failed: true, cancelled: false, SweepHost.Now, new HashSet<int> { 3 })!.Lost);
    }

    [Fact]
    public void Retry_OfACompletedRunWithItsResult_IsRefusedWithWhatCanBeRetried()
    {
        SweepMachine sweep = Settled(completed: [3], failed: []);

        SpecException e =
            Assert.Throws<SpecException>(() => sweep.Retry([RunOf(3)], failed: true, cancelled: true, SweepHost.Now, new HashSet<int> { 9 }));

        Assert.Equal(
            $"run {new RunId(RunOf(3)).Abbreviated} is completed; only a failed or cancelled run, or one whose result cannot be read, can be "
                + "retried.",
            e.Message);
    }

    [Fact]
    public void Order_OfLostResultsInAnyOrder_HasThemAsRanges()
    {
        var order = RetryOrder.OfLost([7, 2, 3, 1], SweepHost.Now);

        Assert.Equal([new IndexRange(1, 3), new IndexRange(7, 1)], order.Runs);
        Assert.Equal(order.Runs, order.Lost);
    }

    [Fact]
    public void Ordered_WithALostRunAmongOthers_QueuesItAgainAndLeavesTheRest()
    {
        SweepMachine sweep = Settled(completed: [3, 9], failed: [4]);

        sweep.Ordered(sweep.Retry([RunOf(9), RunOf(4)], failed: true, cancelled: false, SweepHost.Now, new HashSet<int> { 9 })!);

        Assert.Equal(
            [RunState.Completed, RunState.Queued, RunState.Queued], new[] { 3, 4, 9 }.Select(i => sweep.Ledger.States[i]));
    }

    /// <summary>Bits of completed runs are of the last end: a bit that stays would complete the run again at the next restart.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    public void Reopened_SweepWithALostResult_RemembersAllCompletedRunsButThatOne(int lost)
    {
        var host = new SweepHost(_plan);
        int[] completed = [0, 1, 7, 8, 11];
        foreach (int index in completed)
        {
            host.Sweep.Settle(index, new RunOutcome.Completed());
        }

        SweepMachine sweep = host.Sweep;
        sweep.Believe(sweep.Cancel("asked", host.Open, SweepHost.Now)!);
        sweep.Told();
        byte[] before = [.. sweep.State.CompletedBits!];
        sweep.Ordered(sweep.Retry([RunOf(lost)], failed: false, cancelled: false, SweepHost.Now, new HashSet<int> { lost })!);

        SweepState reopened = Assert.IsType<SweepStep.Reopen>(sweep.Next()).Next;

        Assert.Equal(completed.Where(i => i != lost), IndicesOf(reopened.CompletedBits!));
        Assert.Equal(before, sweep.State.CompletedBits);
    }

    [Fact]
    public void Reopened_SweepThatHasNotEndedYet_HasNoBits()
    {
        SweepMachine sweep = Settled(completed: [9], failed: []);
        sweep.Ordered(RetryOrder.OfLost([9], SweepHost.Now));

        Assert.Null(Assert.IsType<SweepStep.Reopen>(sweep.Next()).Next.CompletedBits);
    }

    /// <summary>
    /// A result that came while the run was queued again completes it. Where it is lost before the next grant the run is trained once more,
    /// and that attempt decides; else a settlement of that attempt would be refused and delivered for ever.
    /// </summary>
    [Theory]
    [InlineData(true, RunState.Completed)]
    [InlineData(false, RunState.Failed)]
    public void Failure_OfARunThatIsCompleted_DecidesOnlyWithoutAResult(bool hasResult, RunState state)
    {
        var host = new SweepHost(_plan) { HasResult = _ => hasResult };
        Lease lease = host.Queue.Grant("w", 1, _plan.Numerics.ToString(), SweepHost.Now)!;
        int index = host.Sweep.Ledger.IndexOf(lease.Run)!.Value;
        host.Sweep.Settle(index, new RunOutcome.Completed());
        host.Queue.Fail(lease.Token, FailureClass.Divergence, "x", [], SweepHost.Now);

        host.RunSettled(lease.Run, Assert.Single(host.Queue.Outbox).Outcome);
        host.Queue.Acknowledge(lease.Run, lease.Token, _plan.Sweep);

        Assert.Equal((state, state), (host.Sweep.Ledger.States[index], host.Machine().Ledger.States[index]));
    }

    private static IEnumerable<int> IndicesOf(byte[] bits) => Enumerable.Range(0, bits.Length * 8).Where(i => (bits[i / 8] >> (i % 8) & 1) == 1);

    private string RunOf(int index) => _plan.Runs[index].Run;

    private SweepMachine Settled(int[] completed, int[] failed)
    {
        SweepMachine sweep = new SweepHost(_plan).Sweep;
        foreach (int index in completed)
        {
            sweep.Settle(index, new RunOutcome.Completed());
        }

        foreach (int index in failed)
        {
            sweep.Settle(index, new RunOutcome.Failed(FailureClass.Divergence, "x", [], 1));
        }

        return sweep;
    }
}

using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>Pause, cancel and retry of single runs, and owners' limits.</summary>
public sealed class LeaseQueueControlTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Hold_RunAheadOfTheCursor_IsPassedOverAndServedFirstWhenResumed()
    {
        LeaseQueue queue = Queue();
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 4));
        queue.Hold("a", [1]);

        Assert.Equal(["a0", "a2"], [Grant(queue)!.Run, Grant(queue)!.Run]);
        queue.Hold("a", []);
        Assert.Equal(["a1", "a3"], [Grant(queue)!.Run, Grant(queue)!.Run]);
    }

    [Fact]
    public void Hold_RunningRun_IsAskedToCheckpointUnlessAnotherSweepWantsIt()
    {
        LeaseQueue queue = Queue(shared: true);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 1));
        Lease lease = Grant(queue)!;
        queue.Hold("a", [0]);

        Assert.Equal(StopRequest.Checkpoint, Assert.Single(queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now)).Value);
        Assert.Null(Grant(queue));
        Assert.Empty(queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now));
    }

    [Fact]
    public void Withdraw_RunningRun_IsRevokedUnlessAnotherSweepWantsIt()
    {
        LeaseQueue queue = Queue(shared: true);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 1));
        Lease lease = Grant(queue)!;
        Grant(queue);

        queue.Withdraw("a", [0], Now);
        Assert.Empty(queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now));
        queue.Withdraw("b", [0], Now);
        Assert.Equal(StopRequest.Abandon, queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now)[lease.Token]);
    }

    [Fact]
    public void Withdraw_RunAheadOfTheCursor_IsNeverGrantedAndLeavesNoTrace()
    {
        LeaseQueue queue = Queue();
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 3));
        queue.Withdraw("a", [1, 2], Now);

        Assert.Equal("a0", Grant(queue)!.Run);
        Assert.Null(Grant(queue));
        Assert.Empty(Assert.Single(queue.Sweeps).Withdrawn);
    }

    [Fact]
    public void Requeue_SettledRun_IsServedAgainWithItsRetriesRestored()
    {
        LeaseQueue queue = Queue();
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        queue.Fail(Grant(queue)!.Token, FailureClass.Divergence, "NaN", [], Now);
        queue.Acknowledge("a0", Assert.Single(queue.Outbox).Token, "a");

        queue.Requeue("a", [0]);
        queue.Requeue("a", [0]);

        Assert.Equal(0, Grant(queue)!.History.Failures);
        Assert.Null(Grant(queue));
    }

    [Fact]
    public void Acknowledge_OfAnOlderSettlement_LeavesTheNewerOne()
    {
        LeaseQueue queue = Queue();
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        long old = Grant(queue)!.Token;
        queue.Fail(old, FailureClass.Divergence, "NaN", [], Now);
        queue.Requeue("a", [0]);
        Grant(queue);
        queue.Complete("a0", foundBeforeTraining: false, Now);

        queue.Acknowledge("a0", old, "a");

        Assert.IsType<RunOutcome.Completed>(Assert.Single(queue.Outbox).Outcome);
    }

    [Fact]
    public void Extend_RangesThatAreThereInPart_AddsWhatIsMissingOnce()
    {
        LeaseQueue queue = Queue();
        queue.Add("a", "ann", 0, "cpu", new IndexRange(2, 3), new IndexRange(8, 1));

        queue.Extend("a", [new IndexRange(0, 10)]);
        queue.Extend("a", [new IndexRange(0, 10)]);

        Assert.Equal([new(2, 3), new(8, 1), new(0, 2), new(5, 3), new(9, 1)], Assert.Single(queue.Sweeps).Ranges);
    }

    [Fact]
    public void Limit_Reached_GrantsTheOwnerNothingMoreAndStopsNothing()
    {
        LeaseQueue queue = Queue(limits: new OwnerLimit("ann", 2));
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 9));
        queue.Add("b", "bob", -5, "cpu", new IndexRange(0, 9));
        Lease lease = Grant(queue)!;

        Assert.Equal("a1", Grant(queue, Now.AddHours(0.99))!.Run);
        Assert.Equal("b0", Grant(queue, Now.AddHours(1.51))!.Run);
        Assert.Empty(queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now.AddHours(9)));
        queue.Complete("a0", foundBeforeTraining: false, Now.AddHours(1.51));
        queue.Complete("a1", foundBeforeTraining: false, Now.AddHours(1.51));
        Assert.Equal(1.51 + 0.52, queue.UsedBy("ann", Now.AddHours(9)).TotalHours, 9);
        Assert.Equal("b1", Grant(queue, Now.AddHours(9))!.Run);
    }

    [Fact]
    public void Usage_OfASharedRun_IsSplitOverTheOwnersWhileBothWait()
    {
        LeaseQueue queue = Queue(shared: true);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        Grant(queue);
        queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 1));
        queue.Add("b2", "bob", 0, "cpu", new IndexRange(0, 1));
        Grant(queue, Now.AddHours(1));
        queue.Remove("a", Now.AddHours(3));
        queue.Complete("run0", foundBeforeTraining: false, Now.AddHours(6));

        Assert.Equal((1 + 1.0, 1 + 3.0), (queue.UsedBy("ann", Now).TotalHours, queue.UsedBy("bob", Now).TotalHours));
    }

    [Fact]
    public void Usage_OverARestart_IsKeptAndTheTimeAwayIsForgiven()
    {
        LeaseQueue queue = Queue();
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        Grant(queue);
        queue.ChargeRunning(Now.AddHours(1));

        var restarted = new LeaseQueue(queue.Snapshot(), (s, i) => $"{s}{i}", new LeasePolicy(), Now.AddHours(10));

        Assert.Equal(1, restarted.UsedBy("ann", Now.AddHours(10)).TotalHours, 9);
        Assert.Equal(3, restarted.UsedBy("ann", Now.AddHours(12)).TotalHours, 9);
    }

    [Fact]
    public void Snapshot_OfTheFirstFormat_IsRead()
    {
        const string Old = """
            {"formatVersion":1,"epoch":3,"nextToken":8,"nextOrder":1,"sweeps":[{"sweep":"a","owner":"ann","priority":0,"numerics":"cpu","order":0,
            "paused":false,"ranges":[{"start":0,"count":4}],"cursor":2,"requeued":[
            {"index":0,"history":{"losses":0,"failures":1,"checkpointStep":5,"ended":1,
            "attempts":[{"attempt":6,"worker":"w","granted":"2026-01-01T00:00:00+00:00","ended":"2026-01-01T00:00:00+00:00",
            "end":"released"}]}}],"reused":0}],
            "leases":[{"token":7,"run":"a1","worker":"w","sequence":1,"granted":"2026-01-01T00:00:00+00:00","waiters":[{"sweep":"a","index":1}],
            "history":{"losses":0,"failures":0,"checkpointStep":0,"ended":0,"attempts":[]}}],
            "outbox":[{"run":"z","outcome":{"kind":"completed"},"waiters":[{"sweep":"a","index":3}],"attempts":[]},
            {"run":"y","outcome":{"kind":"failed","failure":"data","message":"x","logTail":[],"attempt":5},
            "waiters":[{"sweep":"a","index":2}],"attempts":[]}]}
            """;
        QueueSnapshot snapshot = CanonicalJson.Read<QueueSnapshot>(Encoding.UTF8.GetBytes(Old), "old");

        var queue = new LeaseQueue(snapshot, (s, i) => $"{s}{i}", new LeasePolicy(), Now);
        Assert.Equal([0, 5], queue.Outbox.Select(s => s.Token));
        queue.Acknowledge("z", 0, "a");
        queue.Acknowledge("y", 5, "a");

        Assert.Equal((8L, "a0"), (queue.Grant("w", 2, "cpu", Now) is { } lease ? (lease.Token, lease.Run) : default));
        Assert.Empty(queue.Outbox);
        Assert.Equal(QueueSnapshot.CurrentFormat, queue.Snapshot().FormatVersion);
    }

    [Fact]
    public void Snapshot_OfANewerFormat_IsRefusedNamingIt()
    {
        SpecException e =
            Assert.Throws<SpecException>(() => new LeaseQueue(new QueueSnapshot { FormatVersion = 9 }, (_, _) => "", new LeasePolicy(), Now));

        Assert.Contains("format 9", e.Message);
    }

    private static LeaseQueue Queue(bool shared = false, params OwnerLimit[] limits) =>
        new(new QueueSnapshot(), (sweep, index) => shared ? $"run{index}" : $"{sweep}{index}", new LeasePolicy { Limits = limits }, Now);

    private static Lease? Grant(LeaseQueue queue, DateTimeOffset? at = null) => queue.Grant("w", 1, "cpu", at ?? Now);
}

using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>What the queue remembers of a run's attempts.</summary>
public sealed class RunHistoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly LeaseQueue _queue = new(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now);

    public RunHistoryTests() => _queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 3));

    [Fact]
    public void Complete_OfATrainedRun_HasItsAttempt_AndOfOneThatWasThereCountsItAsReused()
    {
        _queue.Complete(Grant().Run, foundBeforeTraining: false, Now.AddSeconds(7));
        _queue.Complete(Grant().Run, foundBeforeTraining: true, Now);

        Assert.Equal(new AttemptRecord(1, "w", Now, Now.AddSeconds(7), AttemptEnd.Completed), Assert.Single(_queue.Outbox[0].Attempts));
        Assert.Empty(_queue.Outbox[1].Attempts);
        Assert.Equal(1, Assert.Single(_queue.Sweeps).Reused);
        Assert.All(_queue.Outbox, settlement => Assert.True(settlement.IsPlain));
    }

    [Fact]
    public void Settlement_OfARunThatFailedOrNeededASecondAttempt_IsNotPlain()
    {
        _queue.Release(Grant().Token, AttemptEnd.Preempted, 4, Now);
        _queue.Complete(Grant().Run, foundBeforeTraining: false, Now);
        _queue.Fail(Grant().Token, FailureClass.Divergence, "NaN", [], Now);

        Assert.Equal([false, false], _queue.Outbox.Select(settlement => settlement.IsPlain));
    }

    [Fact]
    public void Release_WithAnEarlierStepThanIsKnown_KeepsTheHigherOne()
    {
        _queue.Release(Grant().Token, AttemptEnd.Preempted, 40, Now);
        Lease again = Grant();
        _queue.Release(again.Token, AttemptEnd.Preempted, 10, Now);

        Assert.Equal((40, 40), (again.History.CheckpointStep, Grant().History.CheckpointStep));
    }

    [Fact]
    public void Loss_ThatDoesNotCount_IsRememberedAndDelaysNothing()
    {
        for (int i = 0; i < 5; i++)
        {
            _queue.Lose(new LostLease(Grant().Token, "the cluster was restarted", Counts: false), Now);
        }

        Lease again = Grant();
        Assert.Equal(("a0", 0, 5), (again.Run, again.History.Losses, again.History.Ended));
    }

    [Fact]
    public void Loss_OnceTooOften_SaysHowOftenWhereAndWhy()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy { MaxLosses = 2 }, Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        for (int i = 0; i < 2; i++)
        {
            Lease lease = queue.Grant("w", i + 1, "cpu", Now.AddHours(i))!;
            queue.Renew("w", [new RenewedToken(lease.Token, 30)], Now.AddHours(i));
            queue.Lose(new LostLease(lease.Token, "worker w is dead", Counts: true), Now.AddHours(i));
        }

        var failed = Assert.IsType<RunOutcome.Failed>(Assert.Single(queue.Outbox).Outcome);
        Assert.Equal("lost its worker 2 times without a new checkpoint (step 30); the last time: worker w is dead", failed.Message);
        Assert.Equal(2, failed.LogTail.Count);
    }

    [Fact]
    public void History_OfManyAttempts_CountsAllAndRemembersTheLast20()
    {
        RunHistory history = RunHistory.None;
        for (int i = 1; i <= 25; i++)
        {
            history = history.With(new AttemptRecord(i, "w", Now, Now, AttemptEnd.Lost));
        }

        Assert.Equal(25, history.Ended);
        Assert.Equal(Enumerable.Range(6, 20).Select(i => (long)i), history.Attempts.Select(a => a.Attempt));
    }

    [Theory]
    [InlineData(null, "2026-01-01T00:00:09.500Z attempt 7 on w: released after 10 s")]
    [InlineData("the store refuses it", "2026-01-01T00:00:09.500Z attempt 7 on w: released after 10 s: the store refuses it")]
    public void Attempt_InALog_IsOneLine(string? message, string line) =>
        Assert.Equal(line, new AttemptRecord(7, "w", Now, Now.AddSeconds(9.5), AttemptEnd.Released, message).ToString());

    private Lease Grant() => _queue.Grant("w", 1, "cpu", Now)!;
}

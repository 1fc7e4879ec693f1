using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class LeaseQueueTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly LeaseQueue _queue = new(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now);

    [Fact]
    public void Grant_HigherPriority_IsServedFirst()
    {
        Add("low", "ann", priority: 0);
        Add("high", "bob", priority: 1, count: 2);

        Assert.Equal(["high0", "high1", "low0"], Grants(3));
    }

    [Fact]
    public void Grant_TwoOwners_AlternatesBetweenOwnersThenSweeps()
    {
        Add("ann1", "ann");
        Add("ann2", "ann");
        Add("bob1", "bob");

        Assert.Equal(["ann10", "bob10", "ann20", "bob11"], Grants(4));
    }

    [Fact]
    public void Grant_OtherNumerics_GetsNothing()
    {
        Add("a", "ann");

        Assert.Null(_queue.Grant("w", 1, "cuda", Now));
    }

    /// <summary>The first worker's; a cancelled sweep that goes on is begun anew.</summary>
    [Fact]
    public void Grant_AfterTheFirst_IsForWorkersOfItsCanaryOnly()
    {
        Add("a", "ann", count: 3);
        Add("b", "bob", count: 3);

        string[] granted =
        [
            .. new[] { "one", "two", "two", "one", "two", "two" }.Select((canary, i) => _queue.Grant(canary, i, "cpu", Now, canary)?.Run ?? "none"),
        ];
        var restarted = new LeaseQueue(_queue.Snapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now);

        Assert.Equal(["a0", "b0", "b1", "a1", "b2", "none"], granted);
        Assert.Null(restarted.Grant("w", 9, "cpu", Now, "two"));
        restarted.Remove("a", Now);
        restarted.Add("a", "ann", 0, "cpu", new IndexRange(2, 1));
        Assert.Equal("a2", restarted.Grant("w", 10, "cpu", Now, "two")?.Run);
    }

    [Fact]
    public void Grant_WithoutACanary_LeavesTheSweepToThatOfItsFirst()
    {
        Add("a", "ann", count: 3);
        _queue.Grant("w", 1, "cpu", Now, "one");

        Assert.NotNull(_queue.Grant("w", 2, "cpu", Now));
        Assert.Null(_queue.Grant("w", 3, "cpu", Now, "two"));
        Assert.Equal("a2", _queue.Grant("w", 4, "cpu", Now, "one")?.Run);
    }

    [Fact]
    public void Grant_RunLeasedForAnotherSweep_AddsAWaiterInsteadOfALease()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (_, index) => $"run{index}", new LeasePolicy(), Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 1));

        Assert.NotNull(queue.Grant("w", 1, "cpu", Now));
        Assert.Null(queue.Grant("w", 2, "cpu", Now));
        Assert.Equal([new Waiter("a", 0), new Waiter("b", 0)], Assert.Single(queue.Leases).Waiters);
    }

    /// <summary>It has trained nothing yet: whoever trains its first own run binds it.</summary>
    [Fact]
    public void Grant_ThatOnlyJoinsAnothersLease_DoesNotBindTheSweepToACanary()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (sweep, index) => index == 0 ? "shared" : $"{sweep}{index}", new LeasePolicy(), Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 2));

        Assert.Equal("shared", queue.Grant("w1", 1, "cpu", Now, "one")?.Run);
        queue.Add("c", "cat", 0, "cpu", new IndexRange(0, 2));
        Lease? own = queue.Grant("w2", 1, "cpu", Now, "two");

        Assert.Equal("two", queue.Sweeps.Single(s => own!.Waiters[0].Sweep == s.Sweep).Canary);
        Assert.All(queue.Sweeps.Where(s => s.Sweep != own!.Waiters[0].Sweep && s.Sweep != "a"), s => Assert.Null(s.Canary));
    }

    /// <summary>Stored before the machine's clock was set back a day.</summary>
    [Fact]
    public void Queue_RestoredWithARetryADayAhead_WaitsNoLongerThanTheRuleCanMakeIt()
    {
        var policy = new LeasePolicy();
        Add("a", "ann", count: 1);
        _queue.Fail(Grant(Now).Token, FailureClass.Code, "boom", [], Now);
        DateTimeOffset earlier = Now - TimeSpan.FromDays(1);

        var restored = new LeaseQueue(_queue.Snapshot(), (sweep, index) => $"{sweep}{index}", policy, earlier);

        Assert.Null(restored.Grant("w", 8, "cpu", earlier + TimeSpan.FromSeconds(1)));
        Assert.NotNull(restored.Grant("w", 9, "cpu", earlier + policy.MaxLossDelay));
        var timely = new LeaseQueue(_queue.Snapshot(), (sweep, index) => $"{sweep}{index}", policy, Now);
        Assert.Equal(Now + policy.RetryDelay, timely.Sweeps.Single().Requeued.Single().RetryAt);
    }

    [Fact]
    public void Lose_WithANewCheckpointEachTime_NeverFails()
    {
        Add("a", "ann", count: 1);
        for (int i = 1; i <= 10; i++)
        {
            Lease lease = Grant();
            _queue.Renew("w", [new RenewedToken(lease.Token, i)], Now);
            _queue.Lose(new LostLease(lease.Token, "died", Counts: true), Now);
        }

        Assert.Empty(_queue.Outbox);
    }

    [Fact]
    public void Fail_CodeFailure_IsRetriedTwiceWithDoublingDelayThenSettled()
    {
        Add("a", "ann", count: 1);
        DateTimeOffset at = Now;
        foreach (int delay in new[] { 5, 10 })
        {
            _queue.Fail(Grant(at).Token, FailureClass.Code, "boom", ["last line"], at);
            Assert.Null(_queue.Grant("w", 9, "cpu", at + TimeSpan.FromSeconds(delay - 0.1)));
            at += TimeSpan.FromSeconds(delay);
        }

        _queue.Fail(Grant(at).Token, FailureClass.Code, "boom", ["last line"], at);

        var failed = Assert.IsType<RunOutcome.Failed>(Assert.Single(_queue.Outbox).Outcome);
        Assert.Equal(["last line"], failed.LogTail);
    }

    [Theory]
    [InlineData(FailureClass.Data, 0)]
    [InlineData(FailureClass.Divergence, 0)]
    [InlineData(FailureClass.HostOutOfMemory, 3)]
    [InlineData(FailureClass.GpuOutOfMemory, 3)]
    [InlineData(FailureClass.Code, 2)]
    public void Fail_OfAClass_IsRetriedUpToTheLimitOfItsClass(FailureClass failure, int retries)
    {
        Add("a", "ann", count: 1);
        DateTimeOffset at = Now;
        for (int i = 0; i <= retries; i++, at += TimeSpan.FromHours(1))
        {
            Assert.Empty(_queue.Outbox);
            _queue.Fail(Grant(at).Token, failure, "no", [], at);
        }

        Assert.Equal(failure, Assert.IsType<RunOutcome.Failed>(Assert.Single(_queue.Outbox).Outcome).Failure);
    }

    [Fact]
    public void Fail_OfTwoClasses_CountsEachByItself()
    {
        Add("a", "ann", count: 1);
        DateTimeOffset at = Now;
        FailureClass[] failures =
            [FailureClass.Code, FailureClass.GpuOutOfMemory, FailureClass.Code, FailureClass.GpuOutOfMemory, FailureClass.GpuOutOfMemory];
        foreach (FailureClass failure in failures)
        {
            _queue.Fail(Grant(at).Token, failure, "no", [], at);
            at += TimeSpan.FromHours(1);
        }

        Assert.Empty(_queue.Outbox);
        _queue.Fail(Grant(at).Token, FailureClass.Code, "no", [], at);
        Assert.Equal(6, Assert.Single(_queue.Outbox).Attempts.Count);
    }

    [Fact]
    public void Fail_OldToken_IsRefused()
    {
        Add("a", "ann", count: 1);
        long old = Grant().Token;
        _queue.Lose(new LostLease(old, "silent", Counts: true), Now);
        Grant();

        Assert.False(_queue.Fail(old, FailureClass.Code, "late", [], Now));
        Assert.False(_queue.Release(old, AttemptEnd.Preempted, 100, Now));
        Assert.Equal(StopRequest.Abandon, _queue.Renew("w", [new RenewedToken(old, 1)], Now)[old]);
        Assert.Single(_queue.Leases);
    }

    [Fact]
    public void Complete_ByAZombieOfAnOlderToken_SettlesAndStopsTheNewerAttempt()
    {
        Add("a", "ann", count: 1);
        _queue.Lose(new LostLease(Grant().Token, "silent", Counts: true), Now);
        Lease newer = Grant();

        _queue.Complete("a0", foundBeforeTraining: false, Now);

        Assert.IsType<RunOutcome.Completed>(Assert.Single(_queue.Outbox).Outcome);
        Assert.Equal(StopRequest.Abandon, _queue.Renew("w", [new RenewedToken(newer.Token, 1)], Now)[newer.Token]);
    }

    [Fact]
    public void Expired_SilentWorker_LosesItsLeasesAfterTheTimeToLive()
    {
        Add("a", "ann");
        Grant();

        Assert.Empty(_queue.Expired(_ => WorkerLiveness.Alive, Now + TimeSpan.FromSeconds(10)));
        Assert.Single(_queue.Expired(_ => WorkerLiveness.Alive, Now + TimeSpan.FromSeconds(10.1)));
        Assert.Single(_queue.Expired(_ => WorkerLiveness.Dead, Now));
        Assert.Empty(_queue.Expired(_ => WorkerLiveness.Unknown, Now + TimeSpan.FromSeconds(2)));
        Assert.False(Assert.Single(_queue.Expired(_ => WorkerLiveness.Unknown, Now + TimeSpan.FromSeconds(2.1))).Counts);
    }

    [Fact]
    public void Reconcile_GrantThatNeverArrived_IsServedAgain()
    {
        Add("a", "ann", count: 1);
        Lease first = _queue.Grant("w", 1, "cpu", Now)!;

        Assert.False(_queue.Reconcile("w", 2, new HashSet<long> { first.Token }, Now));
        Assert.True(_queue.Reconcile("w", 2, new HashSet<long>(), Now));
        Assert.Equal("a0", _queue.Grant("w", 2, "cpu", Now)!.Run);
    }

    [Fact]
    public void Pause_RunningAttempt_IsAskedToCheckpointAndNothingIsGranted()
    {
        Add("a", "ann");
        Lease lease = Grant();
        _queue.SetPaused("a", true);

        Assert.Equal(StopRequest.Checkpoint, _queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now)[lease.Token]);
        _queue.Release(lease.Token, AttemptEnd.Paused, 7, Now);
        Assert.Null(_queue.Grant("w", 2, "cpu", Now));
        _queue.SetPaused("a", false);
        Assert.Equal("a0", Grant().Run);
    }

    [Fact]
    public void Remove_SharedRun_KeepsTheLeaseForTheOtherSweep()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (_, index) => $"run{index}", new LeasePolicy(), Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 1));
        queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 1));
        Lease lease = queue.Grant("w", 1, "cpu", Now)!;
        queue.Grant("w", 2, "cpu", Now);

        queue.Remove("a", Now);

        Assert.Empty(queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now));
        queue.Remove("b", Now);
        Assert.Equal(StopRequest.Abandon, queue.Renew("w", [new RenewedToken(lease.Token, 0)], Now)[lease.Token]);
    }

    private void Add(string sweep, string owner, int priority = 0, int count = 5) =>
        _queue.Add(sweep, owner, priority, "cpu", new IndexRange(0, count));

    private Lease Grant(DateTimeOffset? at = null) => _queue.Grant("w", 1, "cpu", at ?? Now)!;

    private string[] Grants(int count) => [.. Enumerable.Range(0, count).Select(_ => Grant().Run)];
}

using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>Results that were in the store before anything was trained for them.</summary>
public sealed class ReuseTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly LeaseQueue _queue = new(new QueueSnapshot(), (_, index) => $"run{index}", new LeasePolicy(), Now);

    /// <summary>Each sweep that waited counts it, and no attempt is noted: nobody made one.</summary>
    [Fact]
    public void Complete_FoundBeforeTraining_IsReusedByEveryWaiterWithoutAnAttempt()
    {
        _queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 2));
        _queue.Add("b", "bob", 0, "cpu", new IndexRange(0, 1));
        Lease found = _queue.Grant("w", 1, "cpu", Now)!;
        Lease trained = _queue.Grant("w", 2, "cpu", Now)!;

        _queue.Complete(found.Run, foundBeforeTraining: true, Now);
        _queue.Complete(trained.Run, foundBeforeTraining: false, Now);

        Assert.Equal((1, 1), (Reused("a"), Reused("b")));
        Assert.Equal([("run0", 0), ("run1", 1)], _queue.Outbox.Select(s => (s.Run, s.Attempts.Count)));

        int Reused(string sweep) => _queue.OpenRunsOf(sweep).Queue!.Reused;
    }
}

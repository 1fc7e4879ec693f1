using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>Where plan indices stand in a sweep's queue.</summary>
public sealed class SweepQueueTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly SweepQueue Queue = new()
    {
        Sweep = "a",
        Owner = "ann",
        Priority = 0,
        Numerics = "cpu",
        Order = 0,
        Ranges = [new IndexRange(4, 2), new IndexRange(0, 2)],
        Cursor = 3,
    };

    [Fact]
    public void Ranges_OfAscendingIndices_AreTheFewest() =>
        Assert.Equal([new(0, 3), new(5, 1), new(7, 2)], new[] { 0, 1, 2, 5, 7, 8 }.ToRanges());

    [Fact]
    public void HandedOut_BehindTheCursor_AreInTheOrderOfServing() => Assert.Equal([4, 5, 0], Queue.HandedOut());

    [Fact]
    public void At_BeyondTheRanges_NamesTheSweep()
    {
        Assert.Equal([4, 5, 0, 1], Enumerable.Range(0, 4).Select(Queue.At));
        Assert.Contains("sweep a", Assert.Throws<InvalidOperationException>(() => Queue.At(4)).Message);
    }

    [Fact]
    public void Snapshot_OfAQueue_HasSweepsAndLeasesInTheOrderInWhichTheyCame()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now);
        foreach (string sweep in new[] { "z", "m", "b" })
        {
            queue.Add(sweep, "ann", 0, "cpu", new IndexRange(0, 2));
            queue.Hold(sweep, [1, 0]);
            queue.Hold(sweep, []);
        }

        Lease[] leases = [.. Enumerable.Range(0, 5).Select(_ => queue.Grant("w", 1, "cpu", Now)!)];
        queue.Release(leases[0].Token, AttemptEnd.Preempted, 0, Now);
        queue.Grant("w", 1, "cpu", Now);

        Assert.Equal(["z", "m", "b"], queue.Snapshot().Sweeps.Select(s => s.Sweep));
        Assert.Equal([2, 3, 4, 5, 6], queue.Snapshot().Leases.Select(l => l.Token));
    }

    [Fact]
    public void Held_ToldInAnyOrder_IsStoredAscending()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 4));

        queue.Hold("a", [3, 1, 3]);

        Assert.Equal([1, 3], queue.OpenRunsOf("a").Queue!.Held);
    }
}

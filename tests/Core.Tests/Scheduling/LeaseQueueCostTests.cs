using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>What one call costs, in bytes that it allocates: the same on every machine.</summary>
public sealed class LeaseQueueCostTests
{
    private const int Calls = 50;
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void GrantAndComplete_WithAThousandRunning_CostWhatTheyCostWithTen() => Assert.InRange(BytesOf(1000, 2000) / BytesOf(10, 2000), 0.5, 1.5);

    [Fact]
    public void GrantAndComplete_OfASweepOfAMillionRuns_CostWhatTheyCostOfAThousand() =>
        Assert.InRange(BytesOf(100, 1_000_000) / BytesOf(100, 1000), 0.5, 1.5);

    /// <summary>Bytes of one grant and one completion while so many attempts run, of an owner with a limit.</summary>
    private static double BytesOf(int running, int runs)
    {
        var policy = new LeasePolicy { Limits = [new OwnerLimit("ann", 1e6)] };
        var queue = new LeaseQueue(new QueueSnapshot(), (_, index) => $"run {index}", policy, Now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, runs));
        queue.Add("b", "bob", -1, "cpu", new IndexRange(0, runs));
        for (int i = 0; i < running; i++)
        {
            Assert.NotNull(queue.Grant($"w{i / 8}", i, "cpu", Now));
        }

        // Tables grow now and then; the median of many calls does not see it.
        List<long> bytes = [];
        for (int i = 0; i < Calls; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Lease lease = queue.Grant("w", i, "cpu", Now)!;
            queue.Complete(lease.Run, foundBeforeTraining: false, Now);
            queue.Acknowledge(lease.Run, lease.Token, "a");
            bytes.Add(GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return bytes.Order().ElementAt(Calls / 2);
    }
}

using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>A stored wait is never longer than what its run's history can make it: the clock may have been set back since.</summary>
public sealed class StoredWaitTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LeasePolicy Policy = new() { RetryDelay = TimeSpan.FromMinutes(1), MaxLossDelay = TimeSpan.FromMinutes(5) };

    [Theory]
    [InlineData(0, 5)]
    [InlineData(1, 5)]
    [InlineData(4, 8)]
    public void LongestWait_OfAHistory_IsThatOfItsFailuresOrOfLosses(int failures, int minutes) =>
        Assert.Equal(TimeSpan.FromMinutes(minutes), Policy.LongestWait(RunHistory.None with { Failures = failures }));

    [Theory]
    [InlineData(0, 300, 300)]
    [InlineData(0, 301, 300)]
    [InlineData(0, 60, 60)]
    [InlineData(4, 479, 479)]
    [InlineData(4, 481, 480)]
    public void Wait_OfAStoredRun_IsCutToTheLongest(int failures, int seconds, int expected)
    {
        var run = new RequeuedRun(1, Now.AddSeconds(seconds), RunHistory.None with { Failures = failures });
        var other = new RequeuedRun(0, null, RunHistory.None);
        var snapshot = new QueueSnapshot
        {
            Sweeps =
            [
                new SweepQueue
                {
                    Sweep = "a", Owner = "ann", Priority = 0, Numerics = "cpu", Order = 0, Ranges = [new IndexRange(0, 2)], Cursor = 2,
                    Requeued = [other, run],
                },
            ],
        };

        var queue = new LeaseQueue(snapshot, (sweep, index) => $"{sweep}{index}", Policy, Now);

        Assert.Equal([other, run with { RetryAt = Now.AddSeconds(expected) }], queue.OpenRunsOf("a").Queue!.Requeued);
    }
}

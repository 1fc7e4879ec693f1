using AdvSeg.Chaos;

namespace AdvSeg.Process.Tests;

/// <summary>A recovery's parts, read from lines as silos log them.</summary>
public sealed class RecoveryTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private const string Parts = "checkpoint 0.750 s, slot 1.000 s, cohort 2.000 s, step 0.500 s";
    private static readonly string Run = new('a', 64);

    /// <summary>Killed at 10 s, held for lost at 12; the heir asked at 15 only, and waited for its slot 1 s with the checkpoint in hand.</summary>
    [Fact]
    public void Recovery_OfAKilledWorker_HasItsWaitsApart()
    {
        Timeline timeline = new(
            [
                Line("control", 0, "Scheduler active: epoch 1, 1 sweeps, 0 leases"),
                Line("control", 12, "Attempt 1 is lost: the worker died"),
                Line("worker-1", 1, $"Attempt 1 of run {Run} was leased 0.500 s after it was asked for"),
                Line("worker-1", 2, $"Attempt 1 of run {Run} trains from step 0"),
                Line("worker-2", 4, "Asks for work: the canary 00ff took 1.250 s"),
                Line("worker-2", 15.25, $"Attempt 2 of run {Run} was leased 0.250 s after it was asked for"),
                Line("worker-2", 15.75, $"Attempt 2 of run {Run} trains from step 10"),
                Line("worker-2", 20, $"Attempt 2 of run {Run} trained its first step, 11: {Parts}"),
            ],
            [Killed]);

        Recovery recovery = Assert.Single(ChaosReport.RecoveriesOf(timeline, [Killed]).Done);

        Assert.Equal(
            new Recovery(FaultKind.Kill, Total: 10, Detection: 2, Wait: 4, Grant: 0.25, Checkpoint: 0.75, Cohort: 2, Step: 0.5), recovery);
        Assert.Equal(6, recovery.WithoutWait);
        Assert.Equal(1.25, Assert.Single(timeline.Asks).Canary);
        Assert.Contains("kill: wait for a slot or a pause: p50 4.00 s, p99 4.00 s, max 4.00 s of 1", Recovery.Table(FaultKind.Kill, [recovery]));
    }

    [Fact]
    public void Recovery_WhoseHeirWasHitToo_IsNotCounted()
    {
        Timeline timeline = new(
            [
                Line("control", 12, "Attempt 1 is lost: the worker died"), Line("worker-1", 2, $"Attempt 1 of run {Run} trains from step 0"),
                Line("worker-2", 15, $"Attempt 2 of run {Run} was leased 0.250 s after it was asked for"),
                Line("worker-2", 16, $"Attempt 2 of run {Run} trains from step 0"),
            ],
            [Killed]);

        (IReadOnlyList<Recovery> done, int hitAgain) = ChaosReport.RecoveriesOf(timeline, [Killed]);

        Assert.Empty(done);
        Assert.Equal(1, hitAgain);
    }

    private static Fault Killed => new(Start.AddSeconds(10), "worker-1", FaultKind.Kill);

    private static LogLine Line(string node, double seconds, string text) => new(node, Start.AddSeconds(seconds), text);
}

using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>The thresholds of three losses, one more for each other worker lost meanwhile, and twelve in any case.</summary>
public sealed class CrashLoopRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LeasePolicy Policy = new();
    private readonly CrashLoopRule _rule = new(Policy, workersLost: 100);
    private int _workers;

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 4)]
    [InlineData(8, 11)]
    [InlineData(9, 12)]
    [InlineData(50, 12)]
    public void IsCrashLoop_WithOtherWorkersLostMeanwhile_FromSoManyLossesOn(int others, int losses)
    {
        RunHistory history = Lose(RunHistory.None);
        LoseOthers(others);
        for (int i = 2; i < losses; i++)
        {
            history = Lose(history);
            Assert.False(_rule.IsCrashLoop(history), $"{i} losses");
        }

        Assert.True(_rule.IsCrashLoop(Lose(history)));
    }

    [Fact]
    public void IsCrashLoop_WorkersLostBeforeItsFirstLoss_SayNothing()
    {
        LoseOthers(50);

        Assert.True(_rule.IsCrashLoop(Lose(Lose(Lose(RunHistory.None)))));
    }

    [Fact]
    public void IsCrashLoop_AfterANewCheckpoint_CountsFromThere()
    {
        RunHistory history = Lose(Lose(RunHistory.None)) with { Losses = 0 };

        history = Lose(Lose(history));
        Assert.False(_rule.IsCrashLoop(history));
        Assert.Equal(102, history.WorkersLostBefore);
        Assert.True(_rule.IsCrashLoop(Lose(history)));
    }

    [Fact]
    public void IsCrashLoop_MostLossesInStormBelowMaxLosses_NeverMakesItStricter()
    {
        var rule = new CrashLoopRule(new LeasePolicy { MaxLosses = 4, MaxLossesInStorm = 2 }, 0);

        Assert.False(rule.IsCrashLoop(new RunHistory { Losses = 3 }));
        Assert.True(rule.IsCrashLoop(new RunHistory { Losses = 4 }));
    }

    [Fact]
    public void CountLoss_OfAWorkerThatWasLostWithinTheTerm_CountsTheRunAndNotTheWorker()
    {
        RunHistory first = _rule.CountLoss(RunHistory.None, "w", Now);
        RunHistory second = _rule.CountLoss(RunHistory.None, "w", Now + Policy.TimeToLive);

        // The second attempt's first loss is that of a worker already counted: 100 were lost before it.
        Assert.Equal((1, 100L), (first.Losses, first.WorkersLostBefore));
        Assert.Equal((1, 100L), (second.Losses, second.WorkersLostBefore));
        Assert.Equal(101, _rule.WorkersLost);

        _rule.CountLoss(RunHistory.None, "w", Now + (2 * Policy.TimeToLive) + TimeSpan.FromTicks(1));
        Assert.Equal(102, _rule.WorkersLost);
    }

    [Theory]
    [InlineData(1, null)]
    [InlineData(2, 20)]
    [InlineData(3, 40)]
    [InlineData(5, 160)]
    [InlineData(6, 300)]
    [InlineData(12, 300)]
    public void RetryAt_AfterSoManyLosses_IsFourRetryDelaysDoublingUpToTheLongest(int losses, int? seconds) =>
        Assert.Equal(seconds is { } s ? Now.AddSeconds(s) : null, _rule.RetryAt(new RunHistory { Losses = losses }, Now));

    private RunHistory Lose(RunHistory history) => _rule.CountLoss(history, $"w{_workers++}", Now);

    private void LoseOthers(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Lose(RunHistory.None);
        }
    }
}

using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class OutboxTests
{
    private readonly Outbox _outbox = new([]);

    [Fact]
    public void Acknowledge_ByEverySweep_DropsItWithTheLast()
    {
        _outbox.Add(Settled("run", 5, new("a", 0), new("b", 3)));

        _outbox.Acknowledge("run", 5, "a");
        Assert.Equal([new Waiter("b", 3)], Assert.Single(_outbox.Settlements).Waiters);
        _outbox.Acknowledge("run", 5, "b");
        Assert.Empty(_outbox.Settlements);
    }

    [Fact]
    public void Acknowledge_Again_ChangesNothing()
    {
        _outbox.Add(Settled("run", 5, new("a", 0), new("b", 3)));
        _outbox.Acknowledge("run", 5, "a");
        Settlement[] once = [.. _outbox.Settlements];

        _outbox.Acknowledge("run", 5, "a");
        _outbox.Acknowledge("run", 5, "stranger");

        Assert.Equal(once.Single().Waiters, Assert.Single(_outbox.Settlements).Waiters);
        _outbox.Acknowledge("run", 5, "b");
        _outbox.Acknowledge("run", 5, "b");
        Assert.Empty(_outbox.Settlements);
    }

    [Fact]
    public void Leave_ByOneOfTwoSweeps_HoldsItForTheOther()
    {
        _outbox.Add(Settled("run", 5, new("a", 0), new("b", 3)));

        Assert.True(_outbox.Holds("b", 3));
        Assert.False(_outbox.Holds("b", 0));
        _outbox.Leave("a", new HashSet<int> { 0 });

        Assert.False(_outbox.Holds("a", 0));
        Assert.Equal([new Waiter("b", 3)], Assert.Single(_outbox.Settlements).Waiters);
    }

    [Theory]
    [InlineData("run", 4)]
    [InlineData("other", 5)]
    public void Acknowledge_OfAnotherSettlement_LeavesIt(string run, long token)
    {
        _outbox.Add(Settled("run", 5, new Waiter("a", 0)));

        _outbox.Acknowledge(run, token, "a");

        Assert.Single(_outbox.Settlements);
    }

    [Fact]
    public void Add_ThatNobodyWaitsFor_IsNotSent()
    {
        _outbox.Add(Settled("run", 5));

        Assert.Empty(_outbox.Settlements);
    }

    [Fact]
    public void Leave_OfASweep_KeepsWhatOthersWaitForInItsOrder()
    {
        _outbox.Add(Settled("r0", 1, new Waiter("a", 0)));
        _outbox.Add(Settled("r1", 2, new("b", 1), new("a", 1)));
        _outbox.Add(Settled("r2", 3, new Waiter("b", 2)));

        _outbox.Leave("a");

        Assert.Equal(["r1", "r2"], _outbox.Settlements.Select(s => s.Run));
        Assert.DoesNotContain(_outbox.Settlements, s => s.Waiters.Any(w => w.Sweep == "a"));
    }

    [Fact]
    public void Leave_OfSingleRuns_KeepsTheSweepsOthers()
    {
        _outbox.Add(Settled("r0", 1, new Waiter("a", 0)));
        _outbox.Add(Settled("r1", 2, new Waiter("a", 1)));
        _outbox.Add(Settled("b0", 3, new Waiter("b", 0)));

        _outbox.Leave("a", new HashSet<int> { 0 });

        Assert.Equal((false, true, true), (_outbox.Holds("a", 0), _outbox.Holds("a", 1), _outbox.Holds("b", 0)));
    }

    [Fact]
    public void Settlement_OfTheFirstFormat_HasTheTokenThatItsFailureNames()
    {
        var failed = new RunOutcome.Failed(FailureClass.Data, "x", [], Attempt: 9);
        Settlement old = Settled("run", 0, new Waiter("a", 0));

        Assert.Equal([9, 0], new Outbox([old with { Outcome = failed }, old]).Settlements.Select(s => s.Token));
    }

    private static Settlement Settled(string run, long token, params Waiter[] waiters) =>
        new() { Run = run, Token = token, Outcome = new RunOutcome.Completed(), Waiters = waiters, Attempts = [] };
}

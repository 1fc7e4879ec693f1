using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>What people ask of a sweep: what there is to store, and what is refused.</summary>
public sealed class SweepCommandsTests
{
    private readonly Plan _plan = SmokePlan.Make();
    private readonly SweepHost _host;

    public SweepCommandsTests() => _host = new SweepHost(_plan);

    private SweepMachine Sweep => _host.Sweep;

    [Fact]
    public void SetPaused_OfASweepThatIsSoOrHasEnded_HasNothingToStore()
    {
        Assert.Null(Sweep.SetPaused(false));
        Sweep.Believe(Sweep.SetPaused(true)!);
        Assert.Null(Sweep.SetPaused(true));
        Assert.False(Sweep.SetPaused(false)!.Paused);
        Sweep.Believe(Sweep.Cancel("asked", _host.Open, SweepHost.Now)!);

        Assert.Null(Sweep.SetPaused(true));
        Assert.Null(Sweep.SetPaused(false));
    }

    [Fact]
    public void PauseRuns_OfSomeAfterOthers_KeepsThoseAndResumesOnlyThoseNamed()
    {
        Sweep.Believe(Sweep.PauseRuns([RunOf(5)])!);

        SweepState paused = Sweep.PauseRuns([RunOf(3), RunOf(5), RunOf(3)])!;

        Assert.Equal([3, 5], paused.PausedRuns);
        Sweep.Believe(paused);
        Assert.Null(Sweep.PauseRuns([RunOf(5)]));
        Assert.Equal([3], Sweep.ResumeRuns([RunOf(5), RunOf(6)])!.PausedRuns);
    }

    [Fact]
    public void RunsToCancel_OfRunsOfWhichOneIsCancelled_AreTheOthers()
    {
        _host.CancelRun(3);

        Assert.Equal([5], Sweep.RunsToCancel([RunOf(3), RunOf(5), RunOf(5)]));
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("resumed")]
    [InlineData("cancelled")]
    public void Command_ForARunThatIsCompleted_IsRefusedWithItsState(string verb)
    {
        Sweep.Settle(3, new RunOutcome.Completed());

        SpecException e = Assert.Throws<SpecException>(() => Ask(verb, RunOf(3)));

        Assert.Equal($"run {new RunId(RunOf(3)).Abbreviated} is completed; only a queued or running run can be {verb}.", e.Message);
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("resumed")]
    public void Command_ForARunThatIsCancelled_IsRefusedUnlessItIsToBeCancelled(string verb)
    {
        _host.CancelRun(3);

        Assert.Contains("is cancelled; only", Assert.Throws<SpecException>(() => Ask(verb, RunOf(3))).Message, StringComparison.Ordinal);
        Assert.Empty(Sweep.RunsToCancel([RunOf(3)]));
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("resumed")]
    [InlineData("cancelled")]
    [InlineData("retried")]
    public void Command_ForARunOfAnotherSweep_IsRefusedWithBoth(string verb)
    {
        string other = new('a', 64);

        SpecException e = Assert.Throws<SpecException>(() => Ask(verb, other));

        Assert.Equal($"sweep {_plan.Sweep} does not plan run '{other}'.", e.Message);
    }

    [Theory]
    [InlineData("paused")]
    [InlineData("resumed")]
    [InlineData("cancelled")]
    public void Command_ForASweepThatHasEnded_IsRefusedWithTheWayOn(string verb)
    {
        _host.Ask(Sweep.Cancel("asked", _host.Open, SweepHost.Now));

        SpecException e = Assert.Throws<SpecException>(() => Ask(verb, RunOf(3)));

        Assert.Equal(
            $"sweep {_plan.Sweep} has ended (Cancelled), so none of its runs can be {verb}; 'advseg retry {_plan.Sweep}' goes on with failed and "
                + "cancelled runs.",
            e.Message);
    }

    [Fact]
    public void RequireMaySettle_WhileAnOrderIsUnderWay_RefusesAndSaysSo()
    {
        _host.CancelRun(3);
        Sweep.Ordered(Sweep.Retry([RunOf(3)], failed: false, cancelled: true, SweepHost.Now)!);

        InvalidOperationException e =
            Assert.Throws<InvalidOperationException>(() => Sweep.RequireMaySettle(4, new RunOutcome.Completed()));

        Assert.Equal($"run {RunOf(4)} of sweep {_plan.Sweep} is Queued while an order is under way; it cannot become Completed", e.Message);
    }

    /// <summary>Runs that failed or were cancelled are retried by kind; a sweep that was cancelled with nothing queued is opened again.</summary>
    [Fact]
    public void Retry_OfKinds_OrdersThoseAlone()
    {
        Sweep.Settle(7, new RunOutcome.Failed(FailureClass.Code, "x", [], 1));
        _host.CancelRun(3);
        Sweep.Settle(2, new RunOutcome.Completed());

        Assert.Equal([7], Indices(failed: true, cancelled: false));
        Assert.Equal([3], Indices(failed: false, cancelled: true));
        Assert.Equal([3, 7], Indices(failed: true, cancelled: true));
        Assert.Null(Sweep.Retry([], failed: false, cancelled: false, SweepHost.Now));

        IEnumerable<int> Indices(bool failed, bool cancelled) => Sweep.Retry([], failed, cancelled, SweepHost.Now)!.Indices();
    }

    private object? Ask(string verb, string run) => verb switch
    {
        "paused" => Sweep.PauseRuns([run]),
        "resumed" => Sweep.ResumeRuns([run]),
        "cancelled" => Sweep.RunsToCancel([run]),
        "retried" => Sweep.Retry([run], failed: true, cancelled: true, SweepHost.Now),
        _ => throw new ArgumentException(verb, nameof(verb)),
    };

    private string RunOf(int index) => _plan.Runs[index].Run;
}

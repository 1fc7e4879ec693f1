using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class RunStatesTests
{
    [Fact]
    public void RunStates_CompletedRun_NeverLeavesItsState() =>
        Assert.DoesNotContain(Enum.GetValues<RunState>(), to => RunStates.IsLegal(RunState.Completed, to));

    [Theory]
    [InlineData(RunState.Queued, RunState.Running)]
    [InlineData(RunState.Running, RunState.Queued)]
    [InlineData(RunState.Failed, RunState.Queued)]
    [InlineData(RunState.Cancelled, RunState.Queued)]
    [InlineData(RunState.Conditional, RunState.NotChosen)]
    [InlineData(RunState.Failed, RunState.NotChosen)]
    [InlineData(RunState.Cancelled, RunState.NotChosen)]
    public void Move_TransitionInTheTable_IsMade(RunState from, RunState to) => Assert.Equal(to, RunStates.Move(from, to));

    [Theory]
    [InlineData(RunState.Conditional, RunState.Running)]
    [InlineData(RunState.NotChosen, RunState.Queued)]
    [InlineData(RunState.Conditional, RunState.Cancelled)]
    [InlineData(RunState.Completed, RunState.Failed)]
    [InlineData(RunState.Completed, RunState.NotChosen)]
    [InlineData(RunState.Queued, RunState.NotChosen)]
    public void Move_TransitionNotInTheTable_IsRefusedOutLoud(RunState from, RunState to) =>
        Assert.Throws<InvalidOperationException>(() => RunStates.Move(from, to));

    /// <summary>The whole table once more: a transition that is added or lost is one that somebody decided on.</summary>
    [Theory]
    [InlineData(RunState.Conditional, RunState.Queued, RunState.NotChosen)]
    [InlineData(RunState.Queued, RunState.Running, RunState.Completed, RunState.Failed, RunState.Cancelled)]
    [InlineData(RunState.Running, RunState.Queued, RunState.Completed, RunState.Failed, RunState.Cancelled)]
    [InlineData(RunState.Failed, RunState.Queued, RunState.NotChosen)]
    [InlineData(RunState.Cancelled, RunState.Queued, RunState.NotChosen)]
    [InlineData(RunState.Completed)]
    [InlineData(RunState.NotChosen)]
    public void RunStates_FromEachState_GoWhereTheTableSays(RunState from, params RunState[] to) =>
        Assert.Equal(to.Order(), Enum.GetValues<RunState>().Where(next => RunStates.IsLegal(from, next)).Order());
}

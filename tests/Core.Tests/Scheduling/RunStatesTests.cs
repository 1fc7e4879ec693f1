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

    [Fact]
    public void RunStates_EveryState_HasARowInTheTable()
    {
        foreach (RunState from in Enum.GetValues<RunState>())
        {
            foreach (RunState to in Enum.GetValues<RunState>())
            {
                RunStates.IsLegal(from, to);
            }
        }
    }
}

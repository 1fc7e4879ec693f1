namespace AdvSeg.Core.Runs;

/// <summary>
/// The legal transitions of a run within a sweep. Anything else is refused out loud; a repeat of the same settlement is no transition.
/// </summary>
public static class RunStates
{
    private static readonly Dictionary<RunState, RunState[]> Transitions = new()
    {
        [RunState.Conditional] = [RunState.Queued, RunState.NotChosen],
        [RunState.Queued] = [RunState.Running, RunState.Completed, RunState.Failed, RunState.Cancelled],
        [RunState.Running] = [RunState.Queued, RunState.Completed, RunState.Failed, RunState.Cancelled],
        [RunState.Failed] = [RunState.Queued, RunState.NotChosen],
        [RunState.Cancelled] = [RunState.Queued, RunState.NotChosen],
        [RunState.Completed] = [],
        [RunState.NotChosen] = [],
    };

    public static bool IsLegal(RunState from, RunState to) => Transitions[from].Contains(to);

    /// <summary>Open: the sweep waits for it.</summary>
    public static bool IsOpen(RunState state) => state switch
    {
        RunState.Conditional or RunState.Queued or RunState.Running => true,
        RunState.Completed or RunState.Failed or RunState.Cancelled or RunState.NotChosen => false,
    };

    /// <summary>Settled: it has its outcome. One that was not chosen has none, and is not waited for either.</summary>
    public static bool IsSettled(RunState state) => !IsOpen(state) && state != RunState.NotChosen;

    /// <exception cref="InvalidOperationException">The table does not have the transition.</exception>
    public static RunState Move(RunState from, RunState to) =>
        IsLegal(from, to) ? to : throw new InvalidOperationException($"a run cannot go from {from} to {to}");
}

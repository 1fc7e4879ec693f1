using AdvSeg.Core.Runs;

namespace AdvSeg.Silo.Worker;

/// <summary>How an attempt's thread ended, for the agent to tell the scheduler.</summary>
public abstract record AttemptEnding
{
    private AttemptEnding()
    {
    }

    /// <summary>A result is in the store, ours or another's.</summary>
    public sealed record Completed : AttemptEnding;

    public sealed record Released(int CheckpointStep) : AttemptEnding;

    /// <summary>
    /// The store refuses this worker, not the run's bytes. The run is let go for a worker that is not refused, and no failure is counted; somebody
    /// must give this worker access.
    /// </summary>
    public sealed record Refused(int CheckpointStep, string Message) : AttemptEnding;

    /// <summary>The lease is somebody else's or nobody's, so the scheduler is told nothing.</summary>
    public sealed record Abandoned : AttemptEnding;

    public sealed record Failed(FailureClass Failure, string Message, IReadOnlyList<string> LogTail) : AttemptEnding;
}

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
    /// The store refuses this worker, not the run's bytes: the run is let go, uncounted, for a worker that is not refused, and
    /// somebody must give this one access.
    /// </summary>
    public sealed record Refused(int CheckpointStep, string Message) : AttemptEnding;

    /// <summary>The lease is somebody else's or nobody's: nothing is said.</summary>
    public sealed record Abandoned : AttemptEnding;

    public sealed record Failed(FailureClass Failure, string Message, IReadOnlyList<string> LogTail) : AttemptEnding;
}

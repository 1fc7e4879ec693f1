using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Runs;

/// <summary>A file that a completed training leaves: a name under the attempt's prefix and its bytes.</summary>
public sealed record OutputFile(string Name, byte[] Data);

/// <summary>How a call of <see cref="ITrainer.Train"/> ended.</summary>
public abstract record TrainingOutcome
{
    private TrainingOutcome()
    {
    }

    /// <summary>All steps trained and everything scored; nothing has been stored yet.</summary>
    public sealed record Trained(RunScores Scores, string WeightsDigest, IReadOnlyList<OutputFile> Files) : TrainingOutcome;

    /// <summary>Stopped on request at <see cref="Step"/>; <see cref="Saved"/> says whether a checkpoint of that step was saved.</summary>
    public sealed record Stopped(int Step, bool Saved) : TrainingOutcome;
}

/// <summary>
/// Trains one run on the calling thread, from the session's checkpoint or from step 0, and scores it. Pure in the run spec: the same
/// spec gives the same <see cref="TrainingOutcome.Trained"/> whatever was stopped and resumed in between.
/// </summary>
public interface ITrainer
{
    /// <summary>Part of a run's identity.</summary>
    string Name { get; }

    /// <summary>Part of a run's identity; raised when results change on purpose.</summary>
    int Revision { get; }

    /// <summary>Hash of what three steps of each scheme give on this machine; checkpoints of another canary are not resumed.</summary>
    string Canary { get; }

    /// <summary>Why a stored checkpoint cannot be resumed for this run on this machine, or null when it can.</summary>
    string? WhyUnusable(RunSpec spec, byte[] checkpoint);

    /// <exception cref="TrainingException">The run failed, with its class; any other exception is <see cref="FailureClass.Code"/>.</exception>
    TrainingOutcome Train(RunSpec spec, ITrainingSession session);
}

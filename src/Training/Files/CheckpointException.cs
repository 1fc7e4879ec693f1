namespace AdvSeg.Training.Files;

public enum CheckpointFault
{
    /// <summary>Truncated, altered, or no checkpoint at all: use an older one.</summary>
    Damaged,

    /// <summary>Of a version that wrote checkpoints in another format: the run starts again.</summary>
    Earlier,

    /// <summary>Of another run.</summary>
    OtherRun,

    /// <summary>Made where three steps give other bits: going on from it would give a result that is neither machine's.</summary>
    OtherCanary,
}

/// <summary>A checkpoint cannot be resumed from.</summary>
public sealed class CheckpointException(CheckpointFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    public CheckpointFault Fault { get; } = fault;
}

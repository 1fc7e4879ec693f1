namespace AdvSeg.Core.Runs;

/// <summary>Why an attempt failed; decides whether it is retried.</summary>
public enum FailureClass
{
    /// <summary>The cohort or the spec cannot be used: the same input fails again, so it is never retried.</summary>
    Data,

    /// <summary>A loss or weight became NaN or infinite.</summary>
    Divergence,

    /// <summary>The machine's memory did not suffice, perhaps because others used it.</summary>
    HostOutOfMemory,

    /// <summary>The GPU's memory did not suffice, perhaps because others used it.</summary>
    GpuOutOfMemory,

    /// <summary>The worker was lost again and again without a new checkpoint.</summary>
    CrashLoop,

    /// <summary>Anything else the trainer threw.</summary>
    Code,
}

/// <summary>Thrown by a trainer when it knows the class of its failure.</summary>
public sealed class TrainingException : Exception
{
    public TrainingException(FailureClass failure, string message, Exception? inner = null)
        : base(message, inner) => Failure = failure;

    public FailureClass Failure { get; }
}

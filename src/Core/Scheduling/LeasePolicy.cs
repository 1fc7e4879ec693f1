namespace AdvSeg.Core;

/// <summary>When leases end and how often failures are retried.</summary>
public sealed record LeasePolicy
{
    /// <summary>A lease that was not renewed for this long is lost.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that membership does not know is lost after this long without a renewal.</summary>
    public TimeSpan UnknownWorkerGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Losses without a new checkpoint after which a run is given up as a crash loop.</summary>
    public int MaxLosses { get; init; } = 3;

    /// <summary>Wait before the first retry of a failed attempt; it doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Retries per class. Data and divergence are deterministic in the run spec: the same attempt would fail again.</summary>
    public int MaxRetries(FailureClass failure) => failure switch
    {
        FailureClass.OutOfMemory or FailureClass.Code => 2,
        _ => 0,
    };
}

namespace AdvSeg.Scale;

/// <summary>What is measured.</summary>
internal sealed record ScaleOptions
{
    /// <summary>Runs that are trained.</summary>
    public required int Runs { get; init; }

    /// <summary>Runs at the same time, over all workers.</summary>
    public required int Slots { get; init; }

    /// <summary>How long a run takes.</summary>
    public required TimeSpan Sleep { get; init; }

    public required int Workers { get; init; }

    /// <summary>Everything in one process.</summary>
    public required bool Embedded { get; init; }

    /// <summary>With an ablation of every fold, after the cross-validation.</summary>
    public required bool Ablation { get; init; }

    /// <summary>One client asks for pages once a second.</summary>
    public required bool Visits { get; init; }

    /// <summary>Sweeps one after another, in the same processes.</summary>
    public required int Sweeps { get; init; }

    /// <summary>Where the artifact store goes; it is deleted at the end unless it was there.</summary>
    public required string Data { get; init; }
}

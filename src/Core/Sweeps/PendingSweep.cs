using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Sweeps;

/// <summary>
/// A submission in the store that waits for its cohorts: every server answers from it, one of them prepares it, and another goes on when
/// that one is gone.
/// </summary>
/// <param name="Spec">Its digest is that of the sweep's id.</param>
/// <param name="Yaml">Its text as written; empty once it was refused.</param>
public sealed record PendingSweep(SweepSpec Spec, string Yaml)
{
    public PendingStage Stage { get; init; }

    /// <summary>The server that prepares it; null when none does.</summary>
    public string? Holder { get; init; }

    /// <summary>Counts the holder's writes. A record whose count stays has lost its holder: nobody has to compare clocks of two machines.</summary>
    public int Renewals { get; init; }

    /// <summary>Patients rendered when the record was last written, of the phantom that was being rendered.</summary>
    public int Done { get; init; }

    /// <summary>Patients of that phantom; 0 while others are rendered first.</summary>
    public int Patients { get; init; }

    /// <summary>Why it was refused.</summary>
    public string? Refusal { get; init; }
}

public enum PendingStage
{
    /// <summary>Its phantoms are being rendered, or wait for it.</summary>
    Preparing,

    /// <summary>Its cohorts are there, and its sweep is being started: too late to take it back.</summary>
    Starting,

    /// <summary>Somebody took it back; the record is being deleted.</summary>
    Cancelled,

    /// <summary>Its sweep cannot be started; kept a while for who asks.</summary>
    Refused,

    /// <summary>Its sweep cannot be started, because something stored cannot be read.</summary>
    Damaged,
}

namespace AdvSeg.Core.Sweeps;

/// <summary>Where a sweep stands. Paused is not a stage: a paused sweep keeps its own.</summary>
public enum SweepStage
{
    /// <summary>Candidates of tuned variants are scored on the selection folds. A sweep that tunes nothing has no such stage.</summary>
    Tuning,

    CrossValidation,
    Ablation,

    /// <summary>
    /// Every planned run is settled. A control silo stores the report then; <see cref="SweepStatus.Reported"/> says that it is there.
    /// </summary>
    Finished,

    /// <summary>No candidate of a variant, or no fold for the ablation, is eligible; <see cref="SweepStatus.Message"/> says why.</summary>
    Stopped,

    Cancelled,
}

namespace AdvSeg.Reporting.Aggregation;

/// <summary>Which patients a score is of.</summary>
public enum ScoredOn
{
    /// <summary>The fold that the run neither trained nor selected on.</summary>
    HeldOut,

    /// <summary>The separate evaluation cohort, scored by every run.</summary>
    Evaluation,
}

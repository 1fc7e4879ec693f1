using AdvSeg.Core.Runs;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>Which patients a score is of.</summary>
public enum ScoredOn
{
    /// <summary>The fold that the run neither trained nor selected on.</summary>
    HeldOut,

    /// <summary>The separate evaluation cohort, scored by every run.</summary>
    Evaluation,
}

internal static class ScoredPatients
{
    /// <summary>The patients that a run scored; none when the sweep has no evaluation cohort.</summary>
    public static IReadOnlyList<PatientScore> On(this RunScores scores, ScoredOn scored) =>
        scored == ScoredOn.HeldOut ? scores.HeldOut : scores.Evaluation ?? [];
}

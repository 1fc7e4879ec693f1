using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// One variant's failed networks on one cohort: those whose kept weights have a tumour DSC below a threshold on the selection patients. A failure is
/// an outcome, so it is in every other number; what is left without it is shown beside, and chosen after the fact.
/// </summary>
public sealed record FailureRow
{
    public required string Variant { get; init; }

    public required ScoredOn Cohort { get; init; }

    /// <summary>Of the completed runs of the cross-validation.</summary>
    public required Proportion Failed { get; init; }

    /// <summary>Tumour DSC per patient of all completed runs.</summary>
    public Spread? All { get; init; }

    /// <summary>The same of those that did not fail.</summary>
    public Spread? Without { get; init; }

    /// <summary>Difference of DSC from the baseline over networks and patients; null for the baseline, and without a shared replicate.</summary>
    public TwoWayResult? Difference { get; init; }

    /// <summary>The same over the replicates of which neither side failed.</summary>
    public TwoWayResult? DifferenceWithout { get; init; }

    /// <summary>One per cohort and variant.</summary>
    internal static IReadOnlyList<FailureRow> Of(SweepScores scores, IEnumerable<ScoredOn> cohorts, int[] folds)
    {
        RunSet baseline = scores.Runs(scores.BaselineIndex, folds, null);
        return
        [
            .. from cohort in cohorts
               from variant in Enumerable.Range(0, scores.Spec.Variants.Count)
               select Of(scores, cohort, variant, scores.Runs(variant, folds, null), variant == scores.BaselineIndex ? null : baseline),
        ];
    }

    private static FailureRow Of(SweepScores scores, ScoredOn cohort, int variant, RunSet runs, RunSet? baseline)
    {
        double below = scores.FailureBelow;
        TwoWayResult? Against(RunSet own, RunSet? other) =>
            other is null || RunSet.Differences(own, other, cohort, Metric.Dice) is not { } found
                ? null
                : found.OverNetworks(scores);
        int failed = runs.Failed(below);
        bool any = failed > 0 || baseline?.Failed(below) > 0;
        TwoWayResult? all = Against(runs, baseline);
        return new()
        {
            Variant = scores.Spec.Variants[variant].Name,
            Cohort = cohort,
            Failed = Proportion.Of(failed, runs.Completed),
            All = Spread.Of(runs.PatientValues(cohort, Metric.Dice)),
            Without = Spread.Of(runs.Without(below).PatientValues(cohort, Metric.Dice)),
            Difference = all,
            DifferenceWithout = any ? Against(runs.Without(below), baseline?.Without(below)) : all,
        };
    }
}

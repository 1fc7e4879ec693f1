using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>What one network finds in patients of a cohort.</summary>
internal sealed record NetworkFindings(int Fold, int Seed, IReadOnlyList<string> Patients, CohortFindings Findings)
{
    public (int Fold, int Seed) Key => (Fold, Seed);
}

/// <summary>The two numbers whose difference is told.</summary>
/// <param name="Replicates">Folds and seeds in which both are defined.</param>
/// <param name="Own">The variant's mean over them.</param>
/// <param name="Baseline">The baseline's.</param>
public sealed record PairedValues(int Replicates, double Own, double Baseline);

/// <summary>A metric of whole cohorts: each network's value, and their mean; exploratory in every sweep.</summary>
public sealed record CohortScore
{
    public required string Variant { get; init; }

    public required ScoredOn Cohort { get; init; }

    public required CohortMetricDefinition Metric { get; init; }

    /// <summary>Networks in which it is defined.</summary>
    public required int Networks { get; init; }

    /// <summary>Patients that any of them scored.</summary>
    public required int Patients { get; init; }

    /// <summary>The mean over networks, with its interval over networks and patients.</summary>
    public required TwoWayResult Value { get; init; }

    /// <summary>Minus the baseline, over the networks that both have; null for the baseline.</summary>
    public TwoWayResult? Difference { get; init; }

    /// <summary>The two means of <see cref="Difference"/>, over the replicates that both have; null where that is null.</summary>
    public PairedValues? Paired { get; init; }

    /// <summary>Of the differences of single seeds, each over all folds; null with one seed, and before a seed has all of its folds.</summary>
    public MeanTest? Seeds { get; init; }

    /// <summary>The seeds' p-value after Holm's correction over the variants of one metric and cohort.</summary>
    public double? HolmPValue { get; init; }

    /// <summary>One per cohort, metric and variant that has it.</summary>
    public static IReadOnlyList<CohortScore> Of(SweepScores scores)
    {
        int[] folds = [.. scores.Plan.Folds.Select(f => f.Index)];
        List<CohortScore> found = [];
        foreach (ScoredOn cohort in scores.Cohorts.Order())
        {
            FindingsSet[] sets =
                [.. scores.Spec.Variants.Select((_, v) => new FindingsSet(scores.Runs(v, folds, null).Findings(cohort), scores))];
            foreach (CohortMetricDefinition metric in CohortMetric.All)
            {
                found.AddRange(sets.Index().Select(s => Of(
                    scores, cohort, metric, s.Index, s.Item, s.Index == scores.BaselineIndex ? null : sets[scores.BaselineIndex]))
                    .OfType<CohortScore>());
            }
        }

        return Corrected(found);
    }

    private static CohortScore? Of(
        SweepScores scores, ScoredOn cohort, CohortMetricDefinition metric, int variant, FindingsSet own, FindingsSet? baseline) =>
        own.Mean(metric) is not { } value ? null : new()
        {
            Variant = scores.Spec.Variants[variant].Name,
            Cohort = cohort,
            Metric = metric,
            Networks = own.Defined(metric),
            Patients = own.Patients.Count,
            Value = Within(value, 0),
            Difference = baseline is not null && own.Difference(baseline, metric) is { } difference ? Within(difference, -1) : null,
            Paired = baseline is null ? null : own.Paired(baseline, metric),
            Seeds = baseline is null ? null : own.TestOfSeeds(baseline, metric),
        };

    /// <summary>Cuts an interval to the values that a metric can have: all are shares of 1, and a t interval near an end goes beyond it.</summary>
    private static TwoWayResult Within(TwoWayResult value, double least) =>
        value.Interval is { } band ? value with { Interval = new(Math.Max(band.Low, least), Math.Min(band.High, 1)) } : value;

    private static IReadOnlyList<CohortScore> Corrected(List<CohortScore> found)
    {
        foreach (HolmFamily family in HolmFamily.Of(found, s => (s.Cohort, s.Metric), s => s.Seeds?.PValue).ToArray())
        {
            foreach ((int index, double? p) in family.Members)
            {
                found[index] = found[index] with { HolmPValue = p };
            }
        }

        return found;
    }
}

using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// What a variant's difference from the baseline would be with other seeds: trained networks are a sample too, and a test over patients
/// alone speaks of these networks only.
/// </summary>
public sealed record SeedInference
{
    public required string Variant { get; init; }

    public required ScoredOn Cohort { get; init; }

    public required MetricDefinition Metric { get; init; }

    /// <summary>Replicates (fold and seed) that both variants have.</summary>
    public required int Replicates { get; init; }

    /// <summary>Patients that any of them has under both variants.</summary>
    public required int Patients { get; init; }

    /// <summary>The difference with its interval over replicates and patients.</summary>
    public required TwoWayResult Difference { get; init; }

    /// <summary>The differences of single seeds, each over all folds; null before a seed has all of its folds.</summary>
    public MeanTest? Seeds { get; init; }

    /// <summary>The seeds' p-value after Holm's correction over the variants of one metric and cohort; null where there is no test.</summary>
    public double? HolmPValue { get; init; }

    /// <summary>Tests of that family.</summary>
    public int Family { get; init; }

    /// <summary>From the seeds alone.</summary>
    public Verdict Verdict => Verdicts.Of(Seeds?.Mean ?? 0, HolmPValue, Metric, TestAlpha);

    /// <summary>Of the primary endpoint; null for an exploratory comparison, and where the sweep names none.</summary>
    public double? Alpha { get; init; }

    /// <summary>Of the primary endpoint: differences within it do not matter.</summary>
    public double? Margin { get; init; }

    /// <summary>Of the seeds' mean difference lying within the margin, after Holm's correction over the endpoint's family.</summary>
    public double? EquivalencePValue { get; init; }

    /// <summary>Shown to lie within the margin.</summary>
    public bool IsEquivalent => EquivalencePValue < TestAlpha;

    /// <summary>Of the differences; null while runs are missing.</summary>
    public VarianceComponents? Variance { get; init; }

    /// <summary>What one test of it is held against: the endpoint's alpha, or the usual one.</summary>
    internal double TestAlpha => Alpha ?? Verdicts.Alpha;

    /// <summary>The smallest difference that so many seeds with this spread detect with probability 0.8; null for fewer than two.</summary>
    public double? Detectable => Seeds is { Count: > 1, Deviation: > 0 and var deviation }
        ? deviation * PairedPower.SmallestEffect(Seeds.Count, alpha: TestAlpha)
        : null;

    /// <summary>One per cohort, tested metric and variant but the baseline; none for a sweep with one seed.</summary>
    public static IReadOnlyList<SeedInference> Of(SweepScores scores) =>
        Corrected([.. Found(scores).Select(f => Of(scores, scores.Spec.Variants[f.Variant].Name, f.Cohort, f.Metric, f.Differences))]);

    /// <summary>Whether there is any, which is known long before they are computed.</summary>
    public static bool IsThere(SweepScores scores) => Found(scores).Any();

    private static IReadOnlyList<SeedInference> Corrected(SeedInference[] found)
    {
        foreach (HolmFamily family in HolmFamily.Of(found, i => (i.Cohort, i.Metric), i => i.Seeds?.PValue))
        {
            foreach ((int index, double? p) in family.Members)
            {
                found[index] = found[index] with { HolmPValue = p, Family = family.Tests };
            }
        }

        foreach (HolmFamily family in HolmFamily.Of(found, i => (i.Cohort, i.Metric), i => i.EquivalencePValue).ToArray())
        {
            foreach ((int index, double? p) in family.Members)
            {
                found[index] = found[index] with { EquivalencePValue = p };
            }
        }

        return found;
    }

    private static IEnumerable<(int Variant, ScoredOn Cohort, MetricDefinition Metric, Differences Differences)> Found(SweepScores scores)
    {
        if (scores.ReportedSeeds.Count < 2)
        {
            return [];
        }

        int[] folds = [.. scores.Plan.Folds.Select(f => f.Index)];
        RunSet baseline = scores.Runs(scores.BaselineIndex, folds, null);
        return
            from cohort in scores.Cohorts.Order()
            from metric in scores.Metrics
            where metric.IsTested
            from variant in Enumerable.Range(0, scores.Spec.Variants.Count)
            where variant != scores.BaselineIndex
            let differences = RunSet.Differences(scores.Runs(variant, folds, null), baseline, cohort, metric)
            where differences is not null
            select (variant, cohort, metric, differences);
    }

    private static SeedInference Of(SweepScores scores, string variant, ScoredOn cohort, MetricDefinition metric, Differences differences)
    {
        MeanTest? test = differences.TestOfSeeds(scores.Plan.Folds.Count);
        EndpointSpec? primary = scores.Spec.Endpoint is { } e && (e.Metric, (e.Cohort == EndpointCohort.Evaluation))
            == (metric.Key, cohort == ScoredOn.Evaluation) ? e : null;
        return new()
        {
            Alpha = primary?.Alpha,
            Margin = primary?.Margin,
            EquivalencePValue = test is not null && primary?.Margin is { } margin ? Equivalence.PValue(test, margin) : null,
            Variant = variant,
            Cohort = cohort,
            Metric = metric,
            Replicates = differences.Values.Replicates,
            Patients = differences.Values.Units,
            Difference = differences.OverNetworks(scores),
            Seeds = test,
            Variance = differences.Rows.Count < scores.Plan.Folds.Count * scores.ReportedSeeds.Count
                ? null
                : VarianceComponents.Of(differences.Values, [.. differences.Rows.Select(r => r.Fold)]),
        };
    }
}

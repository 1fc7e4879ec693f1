using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>One variant against the baseline in one metric, paired by patient over the replicates that both have.</summary>
public sealed record Comparison
{
    public required string Variant { get; init; }

    public required ScoredOn Cohort { get; init; }

    public required MetricDefinition Metric { get; init; }

    /// <summary>Two-sided signed-rank test and effect size.</summary>
    public required WilcoxonResult Test { get; init; }

    /// <summary>The p-value after Holm's correction over the family; null where the test is not applicable.</summary>
    public double? HolmPValue { get; init; }

    /// <summary>Tests of the family: those that were applicable.</summary>
    public int Family { get; init; }

    /// <summary>Difference of the means with its bootstrap band; null without pairs.</summary>
    public BootstrapResult? Mean { get; init; }

    /// <summary>Corrects each metric on each cohort as one family.</summary>
    internal static IReadOnlyList<Comparison> Corrected(IReadOnlyList<Comparison> comparisons)
    {
        var corrected = comparisons.ToArray();
        foreach (HolmFamily family in HolmFamily.Of(comparisons, c => (c.Cohort, c.Metric), c => c.Test.PValue))
        {
            foreach ((int index, double? p) in family.Members)
            {
                corrected[index] = comparisons[index] with { HolmPValue = p, Family = family.Tests };
            }
        }

        return corrected;
    }

    internal static Comparison Of(string variant, ScoredOn cohort, MetricDefinition metric, Pairs pairs, ulong seed, int resamples)
    {
        (WilcoxonResult test, BootstrapResult? mean) = KnownComparisons.Of(pairs, seed, resamples);
        return new() { Variant = variant, Cohort = cohort, Metric = metric, Test = test, Mean = mean };
    }
}

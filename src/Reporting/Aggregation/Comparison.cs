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

    /// <summary>Replicates (fold and seed) that both variants have; null where replicates are not paired.</summary>
    public int? Replicates { get; init; }

    /// <summary>Over the patients of the pairs and those replicates alone: the difference is of these two means.</summary>
    public double? VariantMean { get; init; }

    public double? BaselineMean { get; init; }

    /// <summary>Difference of the means with its interval over patients; null without pairs.</summary>
    public PairedResult? Mean { get; init; }

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

    internal static Comparison Of(string variant, ScoredOn cohort, MetricDefinition metric, Pairs pairs)
    {
        return new()
        {
            Variant = variant,
            Cohort = cohort,
            Metric = metric,
            Test = Wilcoxon.Test(pairs.Variant, pairs.Baseline),
            Mean = pairs.Count == 0 ? null : PairedMeans.Of(pairs.Variant, pairs.Baseline),
            VariantMean = pairs.Count == 0 ? null : Descriptive.Mean(pairs.Variant),
            BaselineMean = pairs.Count == 0 ? null : Descriptive.Mean(pairs.Baseline),
            Replicates = pairs.Replicates,
        };
    }
}

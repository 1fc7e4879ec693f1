using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>Share of lesions that are found with at most so many false alarms per patient, mean over networks.</summary>
/// <param name="FalseAlarms">Per patient.</param>
/// <param name="Sensitivity">Of lesions.</param>
/// <param name="IsTick">One of <see cref="FrocCurve.Ticks"/>.</param>
/// <param name="Band">95 % over networks and patients, at ticks; null with one seed.</param>
public sealed record FrocPoint(double FalseAlarms, double Sensitivity, bool IsTick, Band? Band);

/// <summary>One variant's FROC on a cohort.</summary>
public sealed record FrocCurve(string Variant, ScoredOn Cohort, IReadOnlyList<FrocPoint> Points)
{
    private const int StepsPerDoubling = 5;

    /// <summary>False alarms per patient where intervals are told.</summary>
    public static readonly IReadOnlyList<double> Ticks = [0.125, 0.25, 0.5, 1, 2, 4];

    /// <summary>One per variant that has findings on the main cohort.</summary>
    internal static IReadOnlyList<FrocCurve> Of(SweepScores scores) => FindingsSet.OfVariants(scores, scores.Cohorts[0], Of);

    private static FrocCurve? Of(string variant, ScoredOn cohort, FindingsSet set)
    {
        double[] places = [.. Enumerable.Range(0, (5 * StepsPerDoubling) + 1).Select(i => Ticks[0] * Math.Pow(2, (double)i / StepsPerDoubling))];
        double[][] curves =
            [.. set.Networks.Select(n => n.Findings.Froc([.. Enumerable.Repeat(1, n.Patients.Count)], places)).OfType<double[]>()];
        return curves.Length == 0 ? null : new(variant, cohort, [.. places.Select((place, i) => new FrocPoint(
            place,
            curves.Average(c => c[i]),
            i % StepsPerDoubling == 0,
            i % StepsPerDoubling == 0 ? set.Resampled((network, weights) => network.Findings.Froc(weights, [place])?[0])?.Interval : null))]);
    }
}

/// <summary>One variant's reliability on a cohort, the pixels of all networks together.</summary>
public sealed record ReliabilityCurve(string Variant, ScoredOn Cohort, IReadOnlyList<ReliabilityBin> Bins)
{
    /// <summary>One per variant that has findings on the main cohort.</summary>
    internal static IReadOnlyList<ReliabilityCurve> Of(SweepScores scores) => FindingsSet.OfVariants(scores, scores.Cohorts[0], Of);

    private static ReliabilityCurve? Of(string variant, ScoredOn cohort, FindingsSet set)
    {
        ReliabilityBin[][] networks =
            [.. set.Networks.Select(n => n.Findings.Reliability([.. Enumerable.Repeat(1, n.Patients.Count)])).Where(b => b.Any(x => x.Share > 0))];
        return networks.Length == 0 ? null : new(variant, cohort, [.. Enumerable.Range(0, networks[0].Length).Select(bin =>
        {
            double share = networks.Average(n => n[bin].Share);
            return share == 0 ? default : new ReliabilityBin(
                share, networks.Average(n => n[bin].Share * n[bin].Probability) / share, networks.Average(n => n[bin].Share * n[bin].Tumour) / share);
        })]);
    }
}

/// <summary>A variant's differences from the baseline in DSC on the main cohort: of single seeds, and of single patients.</summary>
public sealed record DifferenceSpread(string Variant, IReadOnlyList<double> Seeds, IReadOnlyList<double> Patients)
{
    /// <summary>One per variant but the baseline; none with fewer than two seeds that have all folds.</summary>
    internal static IReadOnlyList<DifferenceSpread> Of(SweepScores scores)
    {
        int[] folds = [.. scores.Plan.Folds.Select(f => f.Index)];
        RunSet baseline = scores.Runs(scores.BaselineIndex, folds, null);
        List<DifferenceSpread> found = [];
        foreach ((int index, string name) in scores.Spec.Variants.Select(v => v.Name).Index().Where(v => v.Index != scores.BaselineIndex))
        {
            RunSet variant = scores.Runs(index, folds, null);
            Pairs pairs = RunSet.Pair(variant, baseline, scores.Cohorts[0], Metric.Dice);
            double[] seeds = [.. RunSet.Differences(variant, baseline, scores.Cohorts[0], Metric.Dice)?.OfSeeds(folds.Length) ?? []];
            if (seeds.Length > 1 && pairs.Count > 0)
            {
                found.Add(new(name, seeds, [.. pairs.Variant.Zip(pairs.Baseline, (v, b) => v - b)]));
            }
        }

        return found;
    }
}

using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>How a variant's difference from the baseline goes as training patients become fewer.</summary>
public enum TrendVerdict
{
    /// <summary>It moves towards the metric's better end.</summary>
    InFavour,

    /// <summary>It moves towards the metric's worse end.</summary>
    Against,

    /// <summary>So many seeds do not show a trend; that is not the same as none.</summary>
    NotShown,
}

/// <summary>One of two numbers that say how the difference goes with the number of training patients.</summary>
/// <param name="Value">With its interval over networks and patients, both resampled, each with all of its levels together.</param>
/// <param name="Seeds">Of single seeds; null in a sweep with one seed, and before a seed has every level of all folds.</param>
public sealed record TrendValue(TwoWayResult Value, MeanTest? Seeds);

/// <summary>
/// The paper's question about scarce data: a variant's difference from the baseline over the reduction levels. Networks of one replicate share
/// subsets and seeds over the levels, so each level's difference is taken within replicate and patient.
/// </summary>
public sealed record GainTrend
{
    public required string Variant { get; init; }

    public required ScoredOn Cohort { get; init; }

    public required MetricDefinition Metric { get; init; }

    /// <summary>Replicates (fold and seed) that have every level under both variants.</summary>
    public required int Replicates { get; init; }

    public required int Patients { get; init; }

    /// <summary>The difference at the fewest training patients minus that at all of them.</summary>
    public required TrendValue Contrast { get; init; }

    /// <summary>What each halving of the training patients adds to the difference: least squares over log2 of their number.</summary>
    public required TrendValue Slope { get; init; }

    /// <summary>The slope's p-value over seeds after Holm's correction over the variants of one metric and cohort.</summary>
    public double? HolmPValue { get; init; }

    /// <summary>Tests of that family.</summary>
    public int Family { get; init; }

    /// <summary>From the seeds alone.</summary>
    public TrendVerdict Verdict => Verdicts.Of(Slope.Seeds?.Mean ?? 0, HolmPValue, Metric) switch
    {
        Aggregation.Verdict.Ahead => TrendVerdict.InFavour,
        Aggregation.Verdict.Behind => TrendVerdict.Against,
        Aggregation.Verdict.NotShown => TrendVerdict.NotShown,
    };

    /// <summary>One per cohort, metric and variant but the baseline that have every level; none without an ablation.</summary>
    internal static IReadOnlyList<GainTrend> Of(SweepScores scores, IReadOnlyList<LevelView> levels, IEnumerable<MetricDefinition> metrics)
    {
        if (levels.Count < 2)
        {
            return [];
        }

        GainTrend[] found =
        [
            .. from cohort in scores.Cohorts
               from metric in metrics
               from variant in scores.AblationVariants
               where variant != scores.BaselineIndex
               let trend = Of(scores, levels, cohort, metric, variant)
               where trend is not null
               select trend,
        ];
        foreach (HolmFamily family in HolmFamily.Of(found, t => (t.Cohort, t.Metric), t => t.Slope.Seeds?.PValue).ToArray())
        {
            foreach ((int index, double? p) in family.Members)
            {
                found[index] = found[index] with { HolmPValue = p, Family = family.Tests };
            }
        }

        return found;
    }

    private static GainTrend? Of(
        SweepScores scores, IReadOnlyList<LevelView> levels, ScoredOn cohort, MetricDefinition metric, int variant)
    {
        RunSet Runs(int which, LevelView level) => scores.Runs(which, scores.AblationFolds, level.Index);
        Differences?[] atLevels = [.. levels.Select(l => RunSet.Differences(Runs(variant, l), Runs(scores.BaselineIndex, l), cohort, metric))];
        double[] Positives(int fold) => [.. levels.Select(l => (double)l.Positives[scores.AblationFolds.Index().First(f => f.Item == fold).Index])];
        if (atLevels.Any(d => d is null) || scores.AblationFolds.Any(f => Positives(f).Distinct().Count() < 2))
        {
            return null;
        }

        Differences? contrast = Differences.Sum(atLevels!, fold => Ends(Positives(fold)));
        Differences? slope = Differences.Sum(atLevels!, fold => PerHalving(Positives(fold)));
        return contrast is null || slope is null ? null : new()
        {
            Variant = scores.Spec.Variants[variant].Name,
            Cohort = cohort,
            Metric = metric,
            Replicates = slope.Rows.Count,
            Patients = slope.Patients.Count,
            Contrast = ValueOf(scores, contrast),
            Slope = ValueOf(scores, slope),
        };
    }

    private static TrendValue ValueOf(SweepScores scores, Differences differences) => new(
        differences.OverNetworks(scores),
        scores.ReportedSeeds.Count < 2 ? null : differences.TestOfSeeds(scores.AblationFolds.Count));

    private static double[] Ends(double[] positives)
    {
        (int fewest, int most) = (Array.IndexOf(positives, positives.Min()), Array.IndexOf(positives, positives.Max()));
        return [.. positives.Select((_, i) => i == fewest ? 1.0 : i == most ? -1 : 0)];
    }

    /// <summary>The weights that least squares over -log2 n gives the values.</summary>
    private static double[] PerHalving(double[] positives)
    {
        double[] halvings = [.. positives.Select(n => -Math.Log2(n))];
        double mean = halvings.Average();
        double squares = halvings.Sum(h => (h - mean) * (h - mean));
        return [.. halvings.Select(h => (h - mean) / squares)];
    }
}

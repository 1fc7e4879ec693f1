using System.Text.Json.Serialization;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>One reduction level. <see cref="Index"/> null is "all", the folds' own runs.</summary>
/// <param name="Index">Index into the spec's levels.</param>
/// <param name="Label">Positive training patients; a range where the folds differ; "all (n)" for the folds' own runs.</param>
/// <param name="Positives">Positive training patients per ablation fold.</param>
public sealed record LevelView(int? Index, string Label, IReadOnlyList<int> Positives);

/// <summary>One variant's per-patient values at one level, means over seeds: a box of the figure; and the medians of every seed by itself.</summary>
public sealed record Distribution(
    LevelView Level, ScoredOn Cohort, MetricDefinition Metric, string Variant, int Completed, int Planned,
    IReadOnlyList<PatientValue> Values, IReadOnlyList<SeedMedian> Seeds)
{
    /// <summary>Completed runs whose kept weights are below the threshold of a failure.</summary>
    public int Failed { get; init; }

    /// <summary>The values over the networks that did not fail. The box shows these: no network has the mean of failed and other ones.</summary>
    [JsonIgnore]
    public IReadOnlyList<PatientValue> Boxed { get; init; } = Values;
}

/// <summary>
/// One seed's median over patients, its gain over the same seed's baseline (null for the baseline and where it is undefined), and how many of
/// its networks failed.
/// </summary>
public sealed record SeedMedian(ulong Seed, double Median, double? Gain, int Failed);

/// <summary>One variant against the baseline at one level, over the patients and replicates that both have.</summary>
public sealed record GainPoint
{
    public required LevelView Level { get; init; }

    public required ScoredOn Cohort { get; init; }

    public required MetricDefinition Metric { get; init; }

    public required string Variant { get; init; }

    /// <summary>Runs of the variant and of the baseline that are completed, of those planned.</summary>
    public required int Completed { get; init; }

    public required int Planned { get; init; }

    /// <summary>Pairs of the comparison.</summary>
    public required int Patients { get; init; }

    public double? BaselineMedian { get; init; }

    public double? Median { get; init; }

    /// <summary>(median - baseline median) / baseline median; null when the baseline's median is 0.</summary>
    public double? MedianGain { get; init; }

    /// <summary>
    /// The test, the effect size, and difference and relative gain of the means with their bands; Holm's family is every level and
    /// variant of one metric on one cohort. Null without pairs.
    /// </summary>
    public Comparison? Comparison { get; init; }

    [JsonIgnore]
    public PairedResult? Mean => Comparison?.Mean;

    /// <summary>The differences of single seeds, each over all folds; null with one seed, and before a seed has all of its folds.</summary>
    public MeanTest? Seeds { get; init; }

    /// <summary>The seeds' p-value after Holm's correction over the levels and variants of one metric and cohort.</summary>
    public double? SeedHolmPValue { get; init; }

    /// <summary>The difference over networks and patients; null with one seed.</summary>
    public TwoWayResult? Networks { get; init; }

    /// <summary>What the figure shows of the gain in the mean: over networks and patients where there are several seeds.</summary>
    [JsonIgnore]
    public Band? Band => Networks is null ? Mean?.GainBand
        : Networks.Interval is { } band && Comparison?.BaselineMean is > 0 and var mean ? new(band.Low / mean, band.High / mean)
        : null;

    /// <summary>Whether the figure stars this point: by the test over seeds where there are several, else by the test over patients.</summary>
    [JsonIgnore]
    public bool IsSignificant { get; init; }

    /// <summary>Why a gain or its band is missing, or hard to trust.</summary>
    public string? Note { get; init; }
}

/// <summary>The dataset-reduction ablation: distributions and gains at every level on every cohort.</summary>
public sealed record Ablation(
    IReadOnlyList<int> Folds, IReadOnlyList<string> Variants, IReadOnlyList<LevelView> Levels, IReadOnlyList<Distribution> Distributions,
    IReadOnlyList<GainPoint> Gains)
{
    /// <summary>Relative gains over smaller baselines move by tens of percent with one patient.</summary>
    public const double SmallestReliableMedian = 0.05;

    /// <summary>How the differences go as training patients become fewer; none before a replicate has every level.</summary>
    public IReadOnlyList<GainTrend> Trends { get; init; } = [];

    /// <summary>Scores over the number of training patients; none with fewer sizes than a curve needs.</summary>
    public IReadOnlyList<LearningCurve> Curves { get; init; } = [];

    public bool Complete => Distributions.All(d => d.Completed == d.Planned);

    /// <param name="scores">What is there so far.</param>
    public static Ablation From(SweepScores scores)
    {
        IReadOnlyList<LevelView> levels = scores.AblationFolds.Count == 0 ? [] : LevelsOf(scores);
        MetricDefinition[] metrics = [.. scores.Metrics.Where(m => m.IsInFigure)];
        var cells =
            from cohort in scores.Cohorts
            from metric in metrics
            from level in levels
            from variant in scores.AblationVariants
            select (cohort, metric, level, variant);
        return new(
            scores.AblationFolds,
            [.. scores.AblationVariants.Select(v => scores.Spec.Variants[v].Name)],
            levels,
            [.. cells.Select(c => DistributionOf(scores, c.cohort, c.metric, c.level, c.variant))],
            Corrected(
                [
                    .. cells.Where(c => c.variant != scores.BaselineIndex).Select(
                        c => GainOf(scores, c.cohort, c.metric, c.level, c.variant)),
                ],
                scores.ReportedSeeds.Count > 1))
        {
            Trends = GainTrend.Of(scores, levels, metrics),
            Curves = LearningCurve.Of(scores, levels),
        };
    }

    private static IReadOnlyList<LevelView> LevelsOf(SweepScores scores)
    {
        FoldPlan[] folds = [.. scores.AblationFolds.Select(f => scores.Plan.Folds[f])];
        int[] all = [.. folds.Select(f => f.TrainPositive.Count)];
        var reduced = Enumerable.Range(0, scores.Spec.Ablation?.Levels.Count ?? 0).Select(l =>
        {
            int[] kept = [.. folds.Select(f => f.LevelPositives[l])];
            return new LevelView(l, Range(kept), kept);
        });
        return [new LevelView(null, $"all ({Range(all)})", all), .. reduced];
    }

    private static string Range(int[] counts) => counts.Min() == counts.Max() ? $"{counts[0]}" : $"{counts.Min()}\u2013{counts.Max()}";

    private static Distribution DistributionOf(SweepScores scores, ScoredOn cohort, MetricDefinition metric, LevelView level, int variant)
    {
        RunSet runs = scores.Runs(variant, scores.AblationFolds, level.Index);
        RunSet baseline = scores.Runs(scores.BaselineIndex, scores.AblationFolds, level.Index);
        List<SeedMedian> seeds = [];
        foreach ((int index, ulong seed) in scores.ReportedSeeds.Select(i => (i, scores.Spec.Seeds[i])))
        {
            IReadOnlyList<PatientValue> own = runs.OfSeed(index).PatientValues(cohort, metric);
            if (own.Count > 0)
            {
                Pairs pairs = RunSet.Pair(runs.OfSeed(index), baseline.OfSeed(index), cohort, metric);
                double? below = pairs.Count == 0 || variant == scores.BaselineIndex ? null : Descriptive.Median(pairs.Baseline);
                seeds.Add(
                    new(seed, Descriptive.Median([.. own.Select(v => v.Value)]), below > 0 ? (Descriptive.Median(pairs.Variant) / below) - 1 : null,
                        runs.OfSeed(index).Failed(scores.FailureBelow)));
            }
        }

        return new(
            level, cohort, metric, scores.Spec.Variants[variant].Name, runs.Completed, runs.Planned, runs.PatientValues(cohort, metric), seeds)
        {
            Failed = runs.Failed(scores.FailureBelow),
            Boxed = runs.Without(scores.FailureBelow).PatientValues(cohort, metric),
        };
    }

    private static IReadOnlyList<GainPoint> Corrected(IReadOnlyList<GainPoint> points, bool isOfSeeds)
    {
        var made = new Queue<Comparison>(Comparison.Corrected([.. points.Select(p => p.Comparison).OfType<Comparison>()]));
        GainPoint[] corrected = [.. points.Select(p => p.Comparison is null ? p : p with { Comparison = made.Dequeue() })];
        foreach ((int index, double? p) in HolmFamily.Of(points, p => (p.Cohort, p.Metric), p => p.Seeds?.PValue).SelectMany(f => f.Members))
        {
            corrected[index] = corrected[index] with { SeedHolmPValue = p };
        }

        return [.. corrected.Select(p => p with { IsSignificant = (isOfSeeds ? p.SeedHolmPValue : p.Comparison?.HolmPValue) < Verdicts.Alpha })];
    }

    private static GainPoint GainOf(SweepScores scores, ScoredOn cohort, MetricDefinition metric, LevelView level, int variant)
    {
        RunSet runs = scores.Runs(variant, scores.AblationFolds, level.Index);
        RunSet baseline = scores.Runs(scores.BaselineIndex, scores.AblationFolds, level.Index);
        Pairs pairs = RunSet.Pair(runs, baseline, cohort, metric);
        Differences? differences = scores.ReportedSeeds.Count < 2 ? null : RunSet.Differences(runs, baseline, cohort, metric);
        GainPoint point = new()
        {
            Level = level,
            Cohort = cohort,
            Metric = metric,
            Variant = scores.Spec.Variants[variant].Name,
            Completed = runs.Completed + baseline.Completed,
            Planned = runs.Planned + baseline.Planned,
            Patients = pairs.Count,
            Seeds = differences?.TestOfSeeds(scores.AblationFolds.Count),
            Networks = differences?.OverNetworks(scores),
        };
        return pairs.Count == 0 ? point with { Note = NoPairs(point) } : Compared(point, pairs);
    }

    private static string NoPairs(GainPoint point) => point switch
    {
        { Completed: > 0, Metric.AtThreshold: not null } => "no threshold curve is stored for both",
        { Completed: > 0, Metric.IsStored: true } => "no measured value is stored for both",
        _ => "no patient is scored by both yet",
    };

    private static GainPoint Compared(GainPoint point, Pairs pairs)
    {
        double median = Descriptive.Median(pairs.Variant);
        double baseline = Descriptive.Median(pairs.Baseline);
        Comparison comparison = Comparison.Of(point.Variant, point.Cohort, point.Metric, pairs);
        string? medianNote = baseline == 0
            ? "baseline median is 0"
            : baseline < SmallestReliableMedian
            ? $"baseline median below {SmallestReliableMedian}"
            : null;
        string?[] notes = [medianNote, comparison.Mean?.Note];
        return point with
        {
            BaselineMedian = baseline,
            Median = median,
            MedianGain = baseline == 0 ? null : (median - baseline) / baseline,
            Comparison = comparison,
            Note = notes.Any(n => n is not null) ? string.Join("; ", notes.Where(n => n is not null)) : null,
        };
    }
}

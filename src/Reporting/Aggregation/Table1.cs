using System.Text.Json;
using System.Text.Json.Serialization;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>Mean and sample standard deviation (n - 1; null for one value) over <see cref="Count"/> slices or patients.</summary>
public sealed record Spread(int Count, double Mean, double? Deviation)
{
    /// <summary>Null for no values.</summary>
    public static Spread? Of(IReadOnlyList<PatientValue> values)
    {
        double[] numbers = [.. values.Select(v => v.Value)];
        return numbers.Length == 0 ? null : new(numbers.Length, Descriptive.Mean(numbers), Descriptive.Deviation(numbers));
    }
}

/// <summary>The figures of one unit (slice or patient): one per metric; null where nothing was scored yet, or not by the unit.</summary>
[JsonConverter(typeof(ScoreSummaryConverter))]
public sealed class ScoreSummary
{
    private readonly Dictionary<MetricDefinition, Spread?> _spreads;

    private ScoreSummary(Dictionary<MetricDefinition, Spread?> spreads) => _spreads = spreads;

    public Spread? this[MetricDefinition metric] => _spreads[metric];

    internal static ScoreSummary Of(Func<MetricDefinition, IReadOnlyList<PatientValue>> values) =>
        new(Metric.All.ToDictionary(metric => metric, metric => Spread.Of(values(metric))));
}

internal sealed class ScoreSummaryConverter : JsonConverter<ScoreSummary>
{
    public override ScoreSummary Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("A report is computed from results, never read back.");

    public override void Write(Utf8JsonWriter writer, ScoreSummary value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        MetricObject.Write(writer, metric => value[metric], options);
        writer.WriteEndObject();
    }
}

/// <summary>One variant on one cohort, pooled over all folds.</summary>
public sealed record Table1Row
{
    public required string Variant { get; init; }

    /// <summary>The settings chosen for a tuned variant, such as "learningRate 0.004"; null for fixed ones.</summary>
    public string? Settings { get; init; }

    public required ScoredOn Cohort { get; init; }

    /// <summary>Cross-validation runs completed, of those planned.</summary>
    public required int Completed { get; init; }

    public required int Planned { get; init; }

    public required ScoreSummary PerSlice { get; init; }

    public required ScoreSummary PerPatient { get; init; }

    /// <summary>Sample standard deviation over seeds of the per-patient mean DSC: what retraining moves. Null below two complete seeds.</summary>
    public double? SeedDeviation { get; init; }

    /// <summary>Share of slices without expert tumour on which tumour was marked; null without such slices.</summary>
    public Spread? FalseAlarms { get; init; }

    /// <summary>The false-positive rate at which metrics at equal FPR are read off: the baseline's.</summary>
    public double? RateToMatch { get; init; }

    /// <summary>Every seed by itself, in the spec's order.</summary>
    public required IReadOnlyList<SeedScore> Seeds { get; init; }

    /// <summary>One per measured metric; null when there is none.</summary>
    public IReadOnlyList<MetricGap>? Gaps { get; init; }
}

/// <summary>Table 1: every variant over the whole cross-validation.</summary>
/// <param name="Baseline">The variant that the others are compared with.</param>
/// <param name="Rows">One per cohort and variant.</param>
/// <param name="Comparisons">One per cohort, metric and variant but the baseline; each metric on each cohort is one family of tests.</param>
/// <param name="Collapsed">Every completed run whose tumour DSC never left 0, at reduced levels too.</param>
public sealed record Table1(string Baseline, IReadOnlyList<Table1Row> Rows, IReadOnlyList<Comparison> Comparisons, IReadOnlyList<string> Collapsed)
{
    /// <summary>The metrics that the scores have, in the order of columns.</summary>
    [JsonIgnore]
    public IReadOnlyList<MetricDefinition> Metrics { get; init; } = [];

    /// <summary>Those of its second block.</summary>
    [JsonIgnore]
    public IReadOnlyList<MetricDefinition> Further { get; init; } = [];

    /// <summary>Both, in the order of files.</summary>
    [JsonIgnore]
    public IEnumerable<MetricDefinition> AllMetrics => Metrics.Concat(Further);

    /// <summary>One per cohort and variant.</summary>
    public IReadOnlyList<FailureRow> Failures { get; init; } = [];

    /// <summary>A network has failed when the tumour DSC of its kept weights is below this on the selection patients.</summary>
    public double FailureBelow { get; init; }

    public bool Complete => Rows.All(r => r.Completed == r.Planned);

    /// <param name="scores">What is there so far.</param>
    public static Table1 From(SweepScores scores)
    {
        ScoredOn[] cohorts = [.. scores.Cohorts.Order()];
        int[] variants = [.. Enumerable.Range(0, scores.Spec.Variants.Count)];
        IReadOnlyList<MetricDefinition> metrics = scores.Metrics;
        var compared =
            from cohort in cohorts
            from metric in metrics
            where metric.IsTested && Enters(scores, cohort, metric)
            from variant in variants
            where variant != scores.BaselineIndex
            select (variant, cohort, metric);
        return new(
            scores.Spec.Baseline,
            [.. cohorts.SelectMany(cohort => variants.Select(v => Row(scores, metrics, v, cohort)))],
            Comparison.Corrected([.. compared.Select(c => Compare(scores, c.variant, c.cohort, c.metric))]),
            [.. scores.Collapsed.Select(scores.Describe)])
        {
            Metrics = [.. metrics.Where(m => !m.IsFurther)],
            Further = [.. metrics.Where(m => m.IsFurther)],
            Failures = FailureRow.Of(scores, cohorts, Folds(scores)),
            FailureBelow = scores.FailureBelow,
        };
    }

    /// <summary>Null for the baseline.</summary>
    public Comparison? Against(Table1Row row, MetricDefinition metric) =>
        Comparisons.FirstOrDefault(c => c.Variant == row.Variant && c.Cohort == row.Cohort && c.Metric == metric);

    private static Table1Row Row(SweepScores scores, IReadOnlyList<MetricDefinition> metrics, int variant, ScoredOn cohort)
    {
        RunSet runs = scores.Runs(variant, Folds(scores), null);
        MetricGap[] gaps = [.. metrics.Where(m => m.IsStored).Select(m => runs.Gap(cohort, m))];
        return new()
        {
            Variant = scores.Spec.Variants[variant].Name,
            Settings = scores.ChosenSettings(variant),
            Cohort = cohort,
            Completed = runs.Completed,
            Planned = runs.Planned,
            PerSlice = ScoreSummary.Of(metric => runs.SliceValues(cohort, metric)),
            PerPatient = ScoreSummary.Of(metric => runs.PatientValues(cohort, metric)),
            SeedDeviation = Descriptive.Deviation(runs.SeedMeans(cohort, Metric.Dice)),
            FalseAlarms = Spread.Of(runs.FalseAlarms(cohort)),
            RateToMatch = runs.RateToMatch(cohort),
            Seeds = SeedScore.Of(scores, runs, cohort),
            Gaps = gaps.Length == 0 ? null : gaps,
        };
    }

    private static Comparison Compare(SweepScores scores, int variant, ScoredOn cohort, MetricDefinition metric)
    {
        Pairs pairs = RunSet.Pair(scores.Runs(variant, Folds(scores), null), scores.Runs(scores.BaselineIndex, Folds(scores), null), cohort, metric);
        return Comparison.Of(scores.Spec.Variants[variant].Name, cohort, metric, pairs);
    }

    /// <summary>Whether a metric is tested. One of patients without tumour is not where there are none, as in held-out folds.</summary>
    private static bool Enters(SweepScores scores, ScoredOn cohort, MetricDefinition metric) =>
        !metric.NeedsNone || scores.Runs(scores.BaselineIndex, Folds(scores), null).PatientValues(cohort, metric).Count > 0;

    private static int[] Folds(SweepScores scores) => [.. scores.Plan.Folds.Select(f => f.Index)];
}

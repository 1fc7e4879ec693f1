using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting;

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

/// <summary>The four figures of one unit (slice or patient); null where nothing was scored yet.</summary>
public sealed record ScoreSummary(Spread? Dice, Spread? Sensitivity, Spread? Specificity, Spread? GlandSpecificity)
{
    public Spread? this[Metric metric] => metric switch
    {
        Metric.Dice => Dice,
        Metric.Sensitivity => Sensitivity,
        Metric.Specificity => Specificity,
        _ => GlandSpecificity,
    };

    internal static ScoreSummary Of(Func<Metric, IReadOnlyList<PatientValue>> values) =>
        new(Spread.Of(values(Metric.Dice)), Spread.Of(values(Metric.Sensitivity)), Spread.Of(values(Metric.Specificity)), Spread.Of(values(Metric.GlandSpecificity)));
}

/// <summary>One variant on one cohort, pooled over all folds.</summary>
public sealed record Table1Row
{
    public required string Variant { get; init; }

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

    /// <summary>Against the baseline, paired by patient; null for the baseline itself.</summary>
    public WilcoxonResult? DiceTest { get; init; }

    public WilcoxonResult? SensitivityTest { get; init; }
}

/// <summary>Table 1: every variant over the whole cross-validation.</summary>
public sealed record Table1(string Baseline, IReadOnlyList<Table1Row> Rows, IReadOnlyList<string> Collapsed)
{
    public bool Complete => Rows.All(r => r.Completed == r.Planned);

    public static Table1 From(SweepScores scores) => new(
        scores.Spec.Baseline,
        [.. scores.Cohorts.Order().SelectMany(cohort => Enumerable.Range(0, scores.Spec.Variants.Count).Select(v => Row(scores, v, cohort)))],
        [.. scores.Collapsed.Where(r => r.Level is null).Select(scores.Describe)]);

    private static Table1Row Row(SweepScores scores, int variant, ScoredOn cohort)
    {
        int[] folds = [.. scores.Plan.Folds.Select(f => f.Index)];
        RunSet runs = scores.Runs(variant, folds, null);
        RunSet baseline = scores.Runs(scores.BaselineIndex, folds, null);
        bool isBaseline = variant == scores.BaselineIndex;
        IReadOnlyList<double> seedMeans = runs.SeedMeans(cohort, Metric.Dice);
        return new()
        {
            Variant = scores.Spec.Variants[variant].Name,
            Cohort = cohort,
            Completed = runs.Completed,
            Planned = runs.Planned,
            PerSlice = ScoreSummary.Of(metric => runs.SliceValues(cohort, metric)),
            PerPatient = ScoreSummary.Of(metric => runs.PatientValues(cohort, metric)),
            SeedDeviation = Descriptive.Deviation(seedMeans),
            FalseAlarms = Spread.Of(runs.FalseAlarms(cohort)),
            DiceTest = isBaseline ? null : Test(runs, baseline, cohort, Metric.Dice),
            SensitivityTest = isBaseline ? null : Test(runs, baseline, cohort, Metric.Sensitivity),
        };
    }

    private static WilcoxonResult Test(RunSet variant, RunSet baseline, ScoredOn cohort, Metric metric)
    {
        Pairs pairs = RunSet.Pair(variant, baseline, cohort, metric);
        return Wilcoxon.Test(pairs.Variant, pairs.Baseline);
    }
}

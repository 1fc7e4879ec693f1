using System.Runtime.CompilerServices;
using System.Text.Json;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tests;

/// <summary>Made-up counts of a sweep's runs, and what aggregation.py finds for them with NumPy, SciPy and statsmodels.</summary>
internal sealed record AggregationReference(
    IReadOnlyList<ReferenceRun> Runs, IReadOnlyList<ReferenceRow> Rows, IReadOnlyList<ReferenceComparison> Comparisons,
    IReadOnlyList<ReferenceDistribution> Distributions, IReadOnlyList<ReferenceGain> Gains, IReadOnlyList<int> Positives,
    IReadOnlyList<ReferenceTrend> Trends)
{
    /// <summary>Cross-validation of three variants in four folds with two seeds, and the ablation of fold 1; one run of either is absent.</summary>
    public const int ChosenFold = 1;

    public static AggregationReference Stored { get; } =
        JsonSerializer.Deserialize<AggregationReference>(File.ReadAllText(Beside("Reference/aggregation.json")), JsonSerializerOptions.Web)!;

    public SweepScores Scores()
    {
        Plan plan = SyntheticSweep.Plan(seeds: 2, evaluation: false);
        return new(plan, SyntheticSweep.Choice(ChosenFold), Runs.ToDictionary(
            run => plan.Runs.Single(p => (p.Variant, p.Fold, p.Level, p.Seed) == (run.Variant, run.Fold, run.Level, run.Seed)).Run,
            run => new RunScores { SelectedStep = 50, Selection = [new(50, 0.5)], HeldOut = [.. run.Patients.Select(p => p.Score())] }));
    }

    public static MetricDefinition Metric(string key) => Core.Metrics.Metric.All.Single(m => m.Key == key);

    private static string Beside(string path, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, path);
}

internal sealed record ReferenceRun(int Variant, int Fold, int? Level, int Seed, IReadOnlyList<ReferencePatient> Patients);

/// <param name="Id">The patient's id.</param>
/// <param name="Slices">TP, FP, FN, FP in the gland and pixels of the gland, of a field of 48 x 48.</param>
internal sealed record ReferencePatient(string Id, IReadOnlyList<IReadOnlyList<int>> Slices)
{
    public PatientScore Score() => new(Id, [.. Slices.Select((counts, slice) => SliceOf(slice, counts))]);

    private static SliceScore SliceOf(int slice, IReadOnlyList<int> counts)
    {
        (int tp, int fp, int fn, int fpInGland, int gland) = (counts[0], counts[1], counts[2], counts[3], counts[4]);
        return new(
            slice,
            new Confusion(tp, fp, fn, (48 * 48) - tp - fp - fn),
            new Confusion(tp, fpInGland, fn, gland - tp - fpInGland - fn),
            Confusion.Zero,
            Confusion.Zero);
    }
}

internal sealed record ReferenceSpread(int N, double Mean, double Deviation);

internal sealed record ReferenceRow(
    int Completed, IReadOnlyDictionary<string, ReferenceSpread> Slice, IReadOnlyDictionary<string, ReferenceSpread> Patient,
    ReferenceSpread FalseAlarms, IReadOnlyList<double> Seeds, double? SeedDeviation);

internal sealed record ReferenceComparison(
    int Variant, string Metric, int Pairs, double P, double Effect, double Difference, double Gain, double Holm, int Family);

internal sealed record ReferenceSeed(int Seed, double Median, double? Gain);

internal sealed record ReferenceDistribution(
    int Variant, int? Level, string Metric, int Completed, IReadOnlyList<double> Values, IReadOnlyList<ReferenceSeed> Seeds);

internal sealed record ReferenceGain(
    int Variant, int? Level, string Metric, double Median, double BaselineMedian, double MedianGain, int Pairs, double P, double Effect,
    double Difference, double Gain, double Holm, int Family);

/// <summary>Means over the seeds that have every level, and the p-value of their slopes; null for a single seed.</summary>
internal sealed record ReferenceTrend(int Variant, string Metric, int Slopes, double Slope, double Contrast, double? P);

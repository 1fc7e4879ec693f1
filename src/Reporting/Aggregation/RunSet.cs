using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// One variant's planned runs of one cell or several, with the scores of those completed. A replicate is a (fold, seed); a patient scored
/// by several replicates counts once, with the mean of its values.
/// </summary>
public sealed class RunSet
{
    private readonly (int Fold, int Seed)[] _planned;
    private readonly Dictionary<(int Fold, int Seed), RunScores> _scores;
    private readonly Func<ScoredOn, double?> _rateToMatch;

    /// <param name="planned">The runs of the plan.</param>
    /// <param name="completed">Scores by run id.</param>
    /// <param name="rateToMatch">Where <see cref="Metric.MatchedSensitivity"/> is read off; null where there is no such rate.</param>
    public RunSet(IReadOnlyList<PlannedRun> planned, IReadOnlyDictionary<string, RunScores> completed, Func<ScoredOn, double?> rateToMatch)
    {
        _planned = [.. planned.Select(r => (r.Fold, r.Seed))];
        _scores = planned.Where(r => completed.ContainsKey(r.Run)).ToDictionary(r => (r.Fold, r.Seed), r => completed[r.Run]);
        _rateToMatch = rateToMatch;
    }

    private RunSet(RunSet all, Func<(int Fold, int Seed), bool> wanted)
    {
        _planned = [.. all._planned.Where(wanted)];
        _scores = all._scores.Where(s => wanted(s.Key)).ToDictionary();
        _rateToMatch = all._rateToMatch;
    }

    public int Planned => _planned.Length;

    public int Completed => _scores.Count;

    /// <summary>Completed runs whose tumour DSC never left 0.</summary>
    public int Collapsed => _scores.Values.Count(s => s.Collapsed);

    /// <summary>"k of K".</summary>
    public string Completeness => $"{Completed} of {Planned}";

    /// <summary>The runs of one seed, an index into the spec's seeds.</summary>
    public RunSet OfSeed(int seed) => new(this, replicate => replicate.Seed == seed);

    private RunSet Only((int Fold, int Seed) wanted) => new(this, replicate => replicate == wanted);

    /// <summary>The false-positive rate that this set's sensitivities are matched at.</summary>
    public double? RateToMatch(ScoredOn scored) => _rateToMatch(scored);

    /// <summary>False-positive pixels over negative pixels, of all completed runs and their patients together.</summary>
    public double? FalsePositiveRate(ScoredOn scored) => OperatingPoint.FalsePositiveRate(_scores.Values.SelectMany(s => s.On(scored)));

    /// <summary>Mean over replicates of each patient that enters the metric, in ordinal order of patient.</summary>
    public IReadOnlyList<PatientValue> PatientValues(ScoredOn scored, MetricDefinition metric) => metric.AtThreshold is { } valueAt
        ? Means(_scores.Values.SelectMany(s => Matched(s.On(scored), RateToMatch(scored), valueAt)))
        : Means(_scores.Values.SelectMany(s => s.On(scored)).Select(p => (p.Patient, 0, metric.Of(p))));

    /// <summary>Mean over replicates of each slice that enters the metric; none for a metric that slices do not have.</summary>
    public IReadOnlyList<PatientValue> SliceValues(ScoredOn scored, MetricDefinition metric) => metric.IsPerSlice
        ? Means(_scores.Values.SelectMany(s => s.On(scored)).SelectMany(p => p.Slices.Select(s => (p.Patient, s.Slice, metric.Of(s)))))
        : [];

    /// <summary>What is missing of a measured metric: of the patients of every run, those that are undefined and those never measured.</summary>
    public MetricGap Gap(ScoredOn scored, MetricDefinition metric)
    {
        PatientScore[] due = [.. _scores.Values.SelectMany(s => s.On(scored)).Where(p => !metric.NeedsExpert || p.Tumour.HasExpert)];
        int unmeasured = due.Count(p => !metric.IsScored(p));
        return new(metric, due.Length, due.Count(p => metric.Of(p) is null) - unmeasured, unmeasured);
    }

    /// <summary>For each slice without expert tumour, the share of replicates that marked tumour on it.</summary>
    public IReadOnlyList<PatientValue> FalseAlarms(ScoredOn scored) =>
        Means(_scores.Values.SelectMany(s => s.On(scored))
            .SelectMany(p => p.Slices.Where(s => !s.Tumour.HasExpert).Select(s => (p.Patient, s.Slice, (double?)(s.Tumour.HasPrediction ? 1 : 0)))));

    /// <summary>The mean over patients for each seed that every fold of the set has completed, in order of seed.</summary>
    public IReadOnlyList<double> SeedMeans(ScoredOn scored, MetricDefinition metric)
    {
        int folds = _scores.Keys.Select(k => k.Fold).Distinct().Count();
        var complete = _scores.Keys.GroupBy(k => k.Seed).Where(g => g.Count() == folds).OrderBy(g => g.Key);
        return [.. complete.Select(g => OfSeed(g.Key).PatientValues(scored, metric)).Where(v => v.Count > 0).Select(v => v.Average(p => p.Value))];
    }

    /// <summary>
    /// Each patient's value under two variants, over the replicates that both have: other seeds on one side would compare seeds instead
    /// of variants.
    /// </summary>
    public static Pairs Pair(RunSet variant, RunSet baseline, ScoredOn scored, MetricDefinition metric)
    {
        var shared = variant.Having(scored, metric).Intersect(baseline.Having(scored, metric)).ToHashSet();
        return Pairs.Of(
            new RunSet(variant, shared.Contains).PatientValues(scored, metric), new RunSet(baseline, shared.Contains).PatientValues(scored, metric));
    }

    /// <summary>The differences of each patient under each replicate that both sets have; null when there are none.</summary>
    internal static Differences? Differences(RunSet variant, RunSet baseline, ScoredOn scored, MetricDefinition metric) =>
        Aggregation.Differences.Of(
            from replicate in variant.Having(scored, metric).Intersect(baseline.Having(scored, metric))
            select (
                replicate,
                Pairs.Of(variant.Only(replicate).PatientValues(scored, metric), baseline.Only(replicate).PatientValues(scored, metric))));

    /// <summary>Replicates that both sets have completed.</summary>
    public int Shared(RunSet other) => _scores.Keys.Count(other._scores.ContainsKey);

    /// <summary>
    /// Replicates that have the metric: all completed ones, but of one that needs a curve or was measured only those stored with it.
    /// </summary>
    private IEnumerable<(int Fold, int Seed)> Having(ScoredOn scored, MetricDefinition metric) =>
        _scores.Where(s => s.Value.On(scored).All(metric.IsScored)).Select(s => s.Key);

    private static IEnumerable<(string Patient, int Slice, double? Value)> Matched(
        IReadOnlyList<PatientScore> patients, double? rate, Func<PatientScore, double, double?> valueAt) =>
        rate is { } wanted && OperatingPoint.Place(patients, wanted) is { } place
            ? patients.Select(p => (p.Patient, 0, valueAt(p, place)))
            : [];

    private static PatientValue[] Means(IEnumerable<(string Patient, int Slice, double? Value)> values) =>
        [.. values.Where(v => v.Value is not null)
            .GroupBy(v => (v.Patient, v.Slice))
            .OrderBy(g => g.Key.Patient, StringComparer.Ordinal).ThenBy(g => g.Key.Slice)
            .Select(g => new PatientValue(g.Key.Patient, g.Average(v => v.Value!.Value)))];
}

/// <summary>
/// What is missing of a measured metric, in patients of single runs: those that enter it, those of them where it is undefined, and those
/// whose runs were scored without it.
/// </summary>
public sealed record MetricGap(MetricDefinition Metric, int Due, int Undefined, int Unmeasured);

public sealed record PatientValue(string Patient, double Value);

/// <summary>Values of the same patients under a variant and under the baseline.</summary>
public sealed record Pairs(IReadOnlyList<string> Patients, IReadOnlyList<double> Variant, IReadOnlyList<double> Baseline)
{
    public int Count => Patients.Count;

    /// <summary>The patients that both lists have, in the first one's order.</summary>
    internal static Pairs Of(IReadOnlyList<PatientValue> variant, IReadOnlyList<PatientValue> baseline)
    {
        var second = baseline.ToDictionary(v => v.Patient, v => v.Value);
        PatientValue[] both = [.. variant.Where(v => second.ContainsKey(v.Patient))];
        return new([.. both.Select(v => v.Patient)], [.. both.Select(v => v.Value)], [.. both.Select(v => second[v.Patient])]);
    }
}

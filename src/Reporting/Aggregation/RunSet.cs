using System.Collections.Concurrent;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// One variant's planned runs of one cell or several, with those completed. A replicate is a (fold, seed); a patient scored by several
/// replicates counts once, with the mean of its values.
/// </summary>
public sealed class RunSet
{
    private readonly (int Fold, int Seed)[] _planned;

    /// <summary>The completed runs in the order of the plan, in which all sums are taken.</summary>
    private readonly Replicate[] _runs;
    private readonly Func<ScoredOn, double?> _rateToMatch;
    private readonly Rosters _rosters;
    private readonly Lazy<Dictionary<int, RunSet>> _bySeed;

    /// <param name="planned">The runs of the plan.</param>
    /// <param name="completed">By run id.</param>
    /// <param name="rateToMatch">Where <see cref="Metric.MatchedSensitivity"/> is read off; null where there is no such rate.</param>
    public RunSet(IReadOnlyList<PlannedRun> planned, IReadOnlyDictionary<string, ScoredRun> completed, Func<ScoredOn, double?> rateToMatch)
        : this(
            [.. planned.Select(r => (r.Fold, r.Seed))],
            [.. planned.Where(r => completed.ContainsKey(r.Run)).Select(r => new Replicate(r.Fold, r.Seed, completed[r.Run]))],
            rateToMatch,
            null)
    {
    }

    private RunSet((int Fold, int Seed)[] planned, Replicate[] runs, Func<ScoredOn, double?> rateToMatch, Rosters? rosters)
    {
        (_planned, _runs, _rateToMatch, _rosters) = (planned, runs, rateToMatch, rosters ?? new(runs));
        _bySeed = new(() => planned.Select(p => p.Seed).Distinct().ToDictionary(seed => seed, seed => Of(key => key.Seed == seed)));
    }

    public int Planned => _planned.Length;

    public int Completed => _runs.Length;

    /// <summary>Completed runs whose tumour DSC never left 0.</summary>
    public int Collapsed => _runs.Count(r => r.Run.Collapsed);

    /// <summary>Completed runs whose kept weights have a tumour DSC below this on the selection patients.</summary>
    public int Failed(double below) => _runs.Count(r => r.Run.KeptDice < below);

    /// <summary>The runs that did not fail.</summary>
    public RunSet Without(double below)
    {
        var failed = _runs.Where(r => r.Run.KeptDice < below).Select(r => r.Key).ToHashSet();
        return failed.Count == 0 ? this : Of(key => !failed.Contains(key));
    }

    /// <summary>The runs of one seed, an index into the spec's seeds.</summary>
    public RunSet OfSeed(int seed) => _bySeed.Value.GetValueOrDefault(seed) ?? Of(_ => false);

    internal IEnumerable<(int Fold, int Seed)> CompletedReplicates => _runs.Select(r => r.Key);

    /// <summary>What each completed run finds in the patients of a cohort, in the order of the plan; runs without findings are left out.</summary>
    internal IReadOnlyList<NetworkFindings> Findings(ScoredOn scored) =>
    [
        .. from run in _runs
           let patients = run.Run.On(scored)
           where patients.Findings is not null
           select new NetworkFindings(run.Fold, run.Seed, [.. patients.Roster.Places.Select(p => p.Patient)], patients.Findings!),
    ];

    internal RunSet Only((int Fold, int Seed) wanted) => Of(replicate => replicate == wanted);

    /// <summary>The false-positive rate that this set's sensitivities are matched at.</summary>
    public double? RateToMatch(ScoredOn scored) => _rateToMatch(scored);

    /// <summary>False-positive pixels over negative pixels, of all completed runs and their patients together.</summary>
    public double? FalsePositiveRate(ScoredOn scored) => OperatingPoint.FalsePositiveRate(
        _runs.Sum(r => r.Run.On(scored).FalsePositives), _runs.Sum(r => r.Run.On(scored).Negatives));

    /// <summary>Mean over replicates of each patient that enters the metric, in ordinal order of patient.</summary>
    public IReadOnlyList<PatientValue> PatientValues(ScoredOn scored, MetricDefinition metric)
    {
        double? rate = metric.AtThreshold is null ? null : RateToMatch(scored);
        return _rosters.OfPatients(scored).Means(_runs.Select(r => r.Run.On(scored)).Select(patients => (patients.Roster, ValuesOf(patients))));

        double[]? ValuesOf(ScoredPatients patients) => metric.AtThreshold is not { } valueAt ? patients.Values(metric)
            : rate is { } wanted ? patients.ValuesAt(metric, valueAt, wanted)
            : null;
    }

    /// <summary>Mean over replicates of each slice that enters the metric; none for a metric that slices do not have.</summary>
    public IReadOnlyList<PatientValue> SliceValues(ScoredOn scored, MetricDefinition metric) => metric.IsPerSlice
        ? _rosters.OfSlices(scored).Means(_runs.Select(r => r.Run.On(scored).Slices).Select(slices => (slices.Roster, slices.Values(metric))))
        : [];

    /// <summary>What is missing of a measured metric: of the patients of every run, those that are undefined and those never measured.</summary>
    public MetricGap Gap(ScoredOn scored, MetricDefinition metric)
    {
        MetricGap[] gaps = [.. _runs.Select(r => r.Run.On(scored).Gap(metric))];
        return new(metric, gaps.Sum(g => g.Due), gaps.Sum(g => g.Undefined), gaps.Sum(g => g.Unmeasured));
    }

    /// <summary>For each slice without expert tumour, the share of replicates that marked tumour on it.</summary>
    public IReadOnlyList<PatientValue> FalseAlarms(ScoredOn scored) =>
        _rosters.OfSlices(scored).Means(
            _runs.Select(r => r.Run.On(scored).Slices).Select(slices => (slices.Roster, (double[]?)slices.FalseAlarms())));

    /// <summary>The mean over patients for each seed that every fold of the set has completed, in order of seed.</summary>
    public IReadOnlyList<double> SeedMeans(ScoredOn scored, MetricDefinition metric)
    {
        int folds = _runs.Select(r => r.Fold).Distinct().Count();
        var complete = _runs.GroupBy(r => r.Seed).Where(g => g.Count() == folds).OrderBy(g => g.Key);
        return [.. complete.Select(g => OfSeed(g.Key).PatientValues(scored, metric)).Where(v => v.Count > 0).Select(v => v.Average(p => p.Value))];
    }

    /// <summary>
    /// Each patient's value under two variants, over the replicates that both have: other seeds on one side would compare seeds instead
    /// of variants.
    /// </summary>
    public static Pairs Pair(RunSet variant, RunSet baseline, ScoredOn scored, MetricDefinition metric)
    {
        var shared = variant.Having(scored, metric).Intersect(baseline.Having(scored, metric)).ToHashSet();
        return Pairs.Of(variant.Of(shared.Contains).PatientValues(scored, metric), baseline.Of(shared.Contains).PatientValues(scored, metric)) with
        {
            Replicates = shared.Count,
        };
    }

    /// <summary>The differences of each patient under each replicate that both sets have; null when there are none.</summary>
    internal static Differences? Differences(RunSet variant, RunSet baseline, ScoredOn scored, MetricDefinition metric) =>
        Aggregation.Differences.Of(
            from replicate in variant.Having(scored, metric).Intersect(baseline.Having(scored, metric))
            select (
                replicate,
                Pairs.Of(variant.Only(replicate).PatientValues(scored, metric), baseline.Only(replicate).PatientValues(scored, metric))));

    /// <summary>Replicates that both sets have completed.</summary>
    public int Shared(RunSet other) => _runs.Select(r => r.Key).Intersect(other._runs.Select(r => r.Key)).Count();

    /// <summary>
    /// Replicates that have the metric: all completed ones, but of one that needs a curve or was measured only those stored with it.
    /// </summary>
    private IEnumerable<(int Fold, int Seed)> Having(ScoredOn scored, MetricDefinition metric) =>
        _runs.Where(r => r.Run.On(scored).IsScored(metric)).Select(r => r.Key);

    private RunSet Of(Func<(int Fold, int Seed), bool> wanted) =>
        new([.. _planned.Where(wanted)], [.. _runs.Where(r => wanted(r.Key))], _rateToMatch, _rosters);

    private readonly record struct Replicate(int Fold, int Seed, ScoredRun Run)
    {
        public (int Fold, int Seed) Key => (Fold, Seed);
    }

    /// <summary>What the completed runs have values of, found once for all subsets.</summary>
    private sealed class Rosters(Replicate[] runs)
    {
        private readonly ConcurrentDictionary<(ScoredOn Scored, bool Slices), RosterUnion> _unions = [];

        public RosterUnion OfPatients(ScoredOn scored) =>
            _unions.GetOrAdd((scored, false), _ => new(runs.Select(r => r.Run.On(scored).Roster)));

        public RosterUnion OfSlices(ScoredOn scored) =>
            _unions.GetOrAdd((scored, true), _ => new(runs.Select(r => r.Run.On(scored).Slices.Roster)));
    }
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

    /// <summary>Replicates that both sides are the mean of; null where they are not paired.</summary>
    public int? Replicates { get; init; }

    /// <summary>The patients that both lists have, in the first one's order.</summary>
    internal static Pairs Of(IReadOnlyList<PatientValue> variant, IReadOnlyList<PatientValue> baseline)
    {
        var second = baseline.ToDictionary(v => v.Patient, v => v.Value);
        PatientValue[] both = [.. variant.Where(v => second.ContainsKey(v.Patient))];
        return new([.. both.Select(v => v.Patient)], [.. both.Select(v => v.Value)], [.. both.Select(v => second[v.Patient])]);
    }
}

using AdvSeg.Core;

namespace AdvSeg.Reporting;

/// <summary>
/// One variant's planned runs of one cell or several, with the scores of those completed. A replicate is a (fold, seed); a patient scored
/// by several replicates counts once, with the mean of its values.
/// </summary>
public sealed class RunSet
{
    private readonly Dictionary<(int Fold, int Seed), RunScores> _scores;

    public RunSet(IReadOnlyList<PlannedRun> planned, IReadOnlyDictionary<string, RunScores> completed)
    {
        Planned = planned.Count;
        _scores = planned.Where(r => completed.ContainsKey(r.Run)).ToDictionary(r => (r.Fold, r.Seed), r => completed[r.Run]);
    }

    private RunSet(int planned, Dictionary<(int Fold, int Seed), RunScores> scores) => (Planned, _scores) = (planned, scores);

    public int Planned { get; }

    public int Completed => _scores.Count;

    /// <summary>"k of K".</summary>
    public string Completeness => $"{Completed} of {Planned}";

    /// <summary>Mean over replicates of each patient that enters the metric, in ordinal order of patient.</summary>
    public IReadOnlyList<PatientValue> PatientValues(ScoredOn scored, Metric metric) =>
        Means(_scores.Values.SelectMany(s => s.On(scored)).Select(p => (p.Patient, 0, metric.Of(p))));

    /// <summary>Mean over replicates of each slice that enters the metric.</summary>
    public IReadOnlyList<PatientValue> SliceValues(ScoredOn scored, Metric metric) =>
        Means(_scores.Values.SelectMany(s => s.On(scored)).SelectMany(p => p.Slices.Select(s => (p.Patient, s.Slice, metric.Of(s)))));

    /// <summary>For each slice without expert tumour, the share of replicates that marked tumour on it.</summary>
    public IReadOnlyList<PatientValue> FalseAlarms(ScoredOn scored) =>
        Means(_scores.Values.SelectMany(s => s.On(scored))
            .SelectMany(p => p.Slices.Where(s => !s.Tumour.HasExpert).Select(s => (p.Patient, s.Slice, (double?)(s.Tumour.HasPrediction ? 1 : 0)))));

    /// <summary>The mean over patients for each seed that every fold of the set has completed, in order of seed.</summary>
    public IReadOnlyList<double> SeedMeans(ScoredOn scored, Metric metric)
    {
        int folds = _scores.Keys.Select(k => k.Fold).Distinct().Count();
        var complete = _scores.GroupBy(s => s.Key.Seed).Where(g => g.Count() == folds).OrderBy(g => g.Key);
        return [.. complete.Select(g => new RunSet(0, g.ToDictionary()).PatientValues(scored, metric)).Where(v => v.Count > 0).Select(v => v.Average(p => p.Value))];
    }

    /// <summary>
    /// Each patient's value under two variants, over the replicates that both have completed: other seeds on one side would compare
    /// seeds instead of variants.
    /// </summary>
    public static Pairs Pair(RunSet variant, RunSet baseline, ScoredOn scored, Metric metric)
    {
        var shared = variant._scores.Keys.Intersect(baseline._scores.Keys).ToHashSet();
        IReadOnlyList<PatientValue> first = variant.Only(shared).PatientValues(scored, metric);
        var second = baseline.Only(shared).PatientValues(scored, metric).ToDictionary(v => v.Patient, v => v.Value);
        PatientValue[] both = [.. first.Where(v => second.ContainsKey(v.Patient))];
        return new([.. both.Select(v => v.Patient)], [.. both.Select(v => v.Value)], [.. both.Select(v => second[v.Patient])]);
    }

    private RunSet Only(HashSet<(int Fold, int Seed)> replicates) =>
        new(Planned, _scores.Where(s => replicates.Contains(s.Key)).ToDictionary());

    private static PatientValue[] Means(IEnumerable<(string Patient, int Slice, double? Value)> values) =>
        [.. values.Where(v => v.Value is not null)
            .GroupBy(v => (v.Patient, v.Slice))
            .OrderBy(g => g.Key.Patient, StringComparer.Ordinal).ThenBy(g => g.Key.Slice)
            .Select(g => new PatientValue(g.Key.Patient, g.Average(v => v.Value!.Value)))];
}

public sealed record PatientValue(string Patient, double Value);

/// <summary>Values of the same patients under a variant and under the baseline.</summary>
public sealed record Pairs(IReadOnlyList<string> Patients, IReadOnlyList<double> Variant, IReadOnlyList<double> Baseline)
{
    public int Count => Patients.Count;
}

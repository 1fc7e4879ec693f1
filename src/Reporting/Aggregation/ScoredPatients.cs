using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>One run's patients of one cohort: every metric of each of them, and what a threshold's choice needs. NaN stands for undefined.</summary>
internal sealed class ScoredPatients
{
    public static readonly ScoredPatients None = new([], new RosterPool(), withSlices: true);
    private readonly double[]?[] _values;
    private readonly bool[] _isScored;
    private readonly MetricGap?[] _gaps;
    private readonly ScoredSlices? _slices;
    private readonly PatientHits _hits;
    private Matched? _matched;

    public ScoredPatients(IReadOnlyList<PatientScore> patients, RosterPool rosters, bool withSlices)
    {
        Confusion[] tumour = [.. patients.Select(p => p.Tumour)];
        Confusion[] inGland = [.. patients.Select(p => p.TumourInGland)];
        Roster = rosters.Share([.. patients.Select(p => new PatientSlice(p.Patient, 0))]);
        FalsePositives = tumour.Sum(t => t.FalsePositive);
        Negatives = tumour.Sum(t => t.FalsePositive + t.TrueNegative);
        _values = [.. Metric.All.Select(m => ValuesOf(m, patients, tumour, inGland))];
        _isScored = [.. Metric.All.Select(m => patients.All(m.IsScored))];
        _gaps = [.. Metric.All.Select(m => m.IsStored ? GapOf(m, patients, tumour) : null)];
        HasNone = tumour.Any(t => !t.HasExpert);
        PatientScore[] positive = [.. patients.Where((_, i) => tumour[i].HasExpert)];
        HasTumourEverywhere = positive.Any(p => p.Slices.Count > 1) && positive.All(p => p.Slices.All(slice => slice.Tumour.HasExpert));
        _hits = new(patients, tumour);
        _slices = withSlices ? new(patients, rosters) : null;
        bool isFound = withSlices && patients.Count > 0 && patients.All(p => p.Findings is not null);
        Findings = isFound ? new([.. patients.Select(p => p.Findings!)]) : null;
    }

    public Roster Roster { get; }

    /// <summary>Of the argmax prediction, all patients together.</summary>
    public long FalsePositives { get; }

    public long Negatives { get; }

    /// <summary>A patient is without tumour.</summary>
    public bool HasNone { get; }

    /// <summary>Patients with tumour have several slices, and each of them has tumour: others were not selected.</summary>
    public bool HasTumourEverywhere { get; }

    /// <summary>Null where a patient was scored without findings, and for runs at reduced levels, whose findings no table shows.</summary>
    public CohortFindings? Findings { get; }

    public int Count => Roster.Places.Count;

    /// <exception cref="InvalidOperationException">The run was read without its slices.</exception>
    public ScoredSlices Slices => _slices ?? throw new InvalidOperationException("Slices are kept of runs at full data alone.");

    public long Bytes =>
        300 + (8L * Count * _values.Count(v => v is not null)) + _hits.Bytes + (8L * Count) + (_slices?.Bytes ?? 0) + (Findings?.Bytes ?? 0);

    /// <summary>One per patient; null for a metric at a threshold, and for one that was measured on none of them.</summary>
    public double[]? Values(MetricDefinition metric) => _values[Metric.IndexOf(metric)];

    /// <summary>The metric where the patients together have a false-positive rate; null where no threshold has it, or without curves.</summary>
    public double[]? ValuesAt(MetricDefinition metric, ValueAtThreshold valueAt, double rate)
    {
        if (_matched is { } known && known.Metric == metric && known.Rate.Equals(rate))
        {
            return known.Values;
        }

        double[]? values = _hits.FalseAlarms?.Place(rate) is { } place ? _hits.At(valueAt, place) : null;
        _matched = new(metric, rate, values);
        return values;
    }

    /// <summary>Every patient was scored in it.</summary>
    public bool IsScored(MetricDefinition metric) => _isScored[Metric.IndexOf(metric)];

    /// <summary>It was measured on a patient.</summary>
    public bool Has(MetricDefinition metric) => _values[Metric.IndexOf(metric)] is not null;

    /// <summary>What is missing of a measured metric.</summary>
    public MetricGap Gap(MetricDefinition metric) => _gaps[Metric.IndexOf(metric)]!;

    /// <summary>Over the patients that enter the metric; null when there is none.</summary>
    public double? Mean(MetricDefinition metric)
    {
        double[] entering = [.. (Values(metric) ?? []).Where(v => !double.IsNaN(v))];
        return entering.Length == 0 ? null : Descriptive.Mean(entering);
    }

    private static double[]? ValuesOf(MetricDefinition metric, IReadOnlyList<PatientScore> patients, Confusion[] tumour, Confusion[] inGland)
    {
        if (metric.OfCounts is { } counts)
        {
            return [.. tumour.Zip(inGland, (t, g) => counts(t, g) ?? double.NaN)];
        }

        return metric.IsStored && patients.Any(metric.IsScored) ? [.. patients.Select(p => metric.Of(p) ?? double.NaN)] : null;
    }

    private static MetricGap GapOf(MetricDefinition metric, IReadOnlyList<PatientScore> patients, Confusion[] tumour)
    {
        PatientScore[] due = [.. patients.Where((_, i) => metric.Takes(tumour[i].HasExpert))];
        int unmeasured = due.Count(p => !metric.IsScored(p));
        return new(metric, due.Length, due.Count(p => metric.Of(p) is null) - unmeasured, unmeasured);
    }

    private sealed record Matched(MetricDefinition Metric, double Rate, double[]? Values);
}

/// <summary>One run's patients at other thresholds than the argmax.</summary>
internal sealed class PatientHits
{
    private readonly long[] _expert;
    private readonly int[]?[] _truePositive;

    public PatientHits(IReadOnlyList<PatientScore> patients, Confusion[] tumour)
    {
        FalseAlarms = FalseAlarms.Of(patients);
        _expert = FalseAlarms is null ? [] : [.. tumour.Select(t => t.TruePositive + t.FalseNegative)];
        _truePositive = [.. _expert.Select((expert, i) => expert == 0 ? null : patients[i].Curve!.TruePositive.Select(Pixels).ToArray())];
    }

    /// <summary>Null when a patient has no curve.</summary>
    public FalseAlarms? FalseAlarms { get; }

    public long Bytes => (8 * (_expert.Length + (FalseAlarms?.Counts.Count ?? 0))) + _truePositive.Sum(c => c is null ? 8L : 32 + (4 * c.Length));

    public double[] At(ValueAtThreshold valueAt, double place) =>
        [.. _expert.Select((expert, i) => valueAt(expert, _truePositive[i], place) ?? double.NaN)];

    private static int Pixels(long count) => checked((int)count);
}

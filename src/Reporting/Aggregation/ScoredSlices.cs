using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>The slices of one run's patients of one cohort. NaN stands for undefined.</summary>
internal sealed class ScoredSlices
{
    private readonly double[]?[] _values;
    private readonly Counts[] _tumour;

    public ScoredSlices(IReadOnlyList<PatientScore> patients, RosterPool rosters)
    {
        SliceScore[] slices = [.. patients.SelectMany(p => p.Slices)];
        Roster = rosters.Share([.. patients.SelectMany(p => p.Slices.Select(s => new PatientSlice(p.Patient, s.Slice)))]);
        _values = [.. Metric.All.Select(m => m.IsPerSlice ? slices.Select(s => m.Of(s) ?? double.NaN).ToArray() : null)];
        _tumour = [.. slices.Select(s => Counts.Of(s.Tumour))];
    }

    public Roster Roster { get; }

    public long Bytes => 100 + (_tumour.LongLength * (16 + (8 * _values.Count(v => v is not null))));

    /// <summary>One per slice; null for a metric that slices do not have.</summary>
    public double[]? Values(MetricDefinition metric) => _values[Metric.IndexOf(metric)];

    /// <summary>1 for each slice without expert tumour on which tumour is marked, 0 for the others of them.</summary>
    public double[] FalseAlarms() => [.. _tumour.Select(t => t.Confusion is { HasExpert: false } free ? free.HasPrediction ? 1 : 0 : double.NaN)];

    /// <summary>Each patient's slices with their tumour counts, in anatomical order.</summary>
    public IEnumerable<(string Patient, IReadOnlyList<(int Slice, Confusion Tumour)> Slices)> ByPatient() =>
        Roster.Places.Zip(_tumour, (place, tumour) => (place, tumour.Confusion)).GroupBy(s => s.place.Patient)
            .Select(p => (p.Key, (IReadOnlyList<(int, Confusion)>)[.. p.Select(s => (s.place.Slice, s.Confusion))]));

    private readonly record struct Counts(int TruePositive, int FalsePositive, int FalseNegative, int TrueNegative)
    {
        public Confusion Confusion => new(TruePositive, FalsePositive, FalseNegative, TrueNegative);

        public static Counts Of(Confusion c) =>
            checked(new((int)c.TruePositive, (int)c.FalsePositive, (int)c.FalseNegative, (int)c.TrueNegative));
    }
}

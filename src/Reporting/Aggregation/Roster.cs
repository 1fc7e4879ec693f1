namespace AdvSeg.Reporting.Aggregation;

/// <summary>What one value of a run is of: a patient as a whole (slice 0), or one of its slices.</summary>
internal readonly record struct PatientSlice(string Patient, int Slice) : IComparable<PatientSlice>
{
    /// <summary>Ordinal order of patient, then of slice.</summary>
    public int CompareTo(PatientSlice other) =>
        string.CompareOrdinal(Patient, other.Patient) is not 0 and var order ? order : Slice.CompareTo(other.Slice);
}

/// <summary>The places that a run has values of. Most runs have those of many others, so rosters are shared.</summary>
internal sealed class Roster(IReadOnlyList<PatientSlice> places)
{
    public IReadOnlyList<PatientSlice> Places { get; } = places;
}

/// <summary>Gives runs of the same places one roster.</summary>
public sealed class RosterPool
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Sequence, Roster> _rosters = [];

    internal Roster Share(PatientSlice[] places)
    {
        lock (_lock)
        {
            var key = new Sequence(places);
            return _rosters.TryGetValue(key, out Roster? known) ? known : _rosters[key] = new Roster(places);
        }
    }

    private readonly struct Sequence(PatientSlice[] places) : IEquatable<Sequence>
    {
        private readonly PatientSlice[] _places = places;

        public bool Equals(Sequence other) => _places.AsSpan().SequenceEqual(other._places);

        public override bool Equals(object? obj) => obj is Sequence other && Equals(other);

        public override int GetHashCode() =>
            _places.Length == 0 ? 0 : HashCode.Combine(_places.Length, _places[0], _places[_places.Length / 2], _places[^1]);
    }
}

/// <summary>The places of several rosters in order, and where each roster's own are among them.</summary>
internal sealed class RosterUnion
{
    private readonly PatientSlice[] _ordered;
    private readonly Dictionary<Roster, int[]> _indices;

    public RosterUnion(IEnumerable<Roster> rosters)
    {
        Roster[] distinct = [.. rosters.Distinct()];
        _ordered = [.. distinct.SelectMany(r => r.Places).Distinct().Order()];
        Dictionary<PatientSlice, int> indexOf = _ordered.Index().ToDictionary(p => p.Item, p => p.Index);
        _indices = distinct.ToDictionary(r => r, r => r.Places.Select(p => indexOf[p]).ToArray());
    }

    /// <summary>Mean over runs of each place that has a value, in order of place. Sums follow the order of the runs.</summary>
    /// <param name="runs">Each run's roster and its values; NaN where it has none, null where it has none at all.</param>
    public PatientValue[] Means(IEnumerable<(Roster Roster, double[]? Values)> runs)
    {
        var sums = new double[_ordered.Length];
        var counts = new int[_ordered.Length];
        foreach ((Roster roster, double[]? values) in runs)
        {
            int[] indices = _indices[roster];
            for (int i = 0; i < values?.Length; i++)
            {
                if (!double.IsNaN(values[i]))
                {
                    sums[indices[i]] += values[i];
                    counts[indices[i]]++;
                }
            }
        }

        return
        [
            .. Enumerable.Range(0, sums.Length).Where(i => counts[i] > 0).Select(i => new PatientValue(_ordered[i].Patient, sums[i] / counts[i])),
        ];
    }
}

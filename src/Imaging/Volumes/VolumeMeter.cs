using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace AdvSeg.Imaging.Volumes;

/// <summary>Measures a volume plane by plane.</summary>
public sealed class VolumeMeter : IDisposable
{
    /// <summary>A volume of more different values holds no labels.</summary>
    public const int MostValues = 16;

    /// <summary>Above it doubles leave out whole numbers, so that two of them may become one.</summary>
    private const double MostWhole = 1L << 53;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly HashSet<long> _values = [];
    private List<SortedDictionary<long, long>>? _perSlice = [];
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;
    private double _mean;
    private double _squares;
    private long? _exactMin;
    private long? _exactMax;
    private long _count;
    private long _notFinite;

    /// <param name="stored">The plane's voxels as they are stored.</param>
    /// <param name="values">Their values.</param>
    public void Add(ReadOnlySpan<byte> stored, ReadOnlySpan<double> values)
    {
        _hash.AppendData(stored);
        AddMoments(values);
        if (_perSlice is not null && (CountsOf(values) is not { } counts || Exceeds(counts)))
        {
            _perSlice = null;
        }
    }

    /// <summary>A plane of whole numbers of 64 bits that are not scaled: least, greatest and counts are exact.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{double})" path="/param"/>
    public void AddWhole(ReadOnlySpan<byte> stored, ReadOnlySpan<double> values)
    {
        ReadOnlySpan<long> whole = MemoryMarshal.Cast<byte, long>(stored);
        foreach (long value in whole)
        {
            (_exactMin, _exactMax) = (Math.Min(_exactMin ?? value, value), Math.Max(_exactMax ?? value, value));
        }

        _hash.AppendData(stored);
        AddMoments(values);
        if (_perSlice is not null && (CountsOf(whole) is not { } counts || Exceeds(counts)))
        {
            _perSlice = null;
        }
    }

    /// <summary>Of all planes.</summary>
    public VolumeFigures Finish()
    {
        string digest = Convert.ToHexStringLower(_hash.GetHashAndReset());
        SortedDictionary<long, long>? all = _perSlice is null ? null : [];
        foreach ((long value, long count) in _perSlice?.SelectMany(slice => slice) ?? [])
        {
            all![value] = all.GetValueOrDefault(value) + count;
        }

        return _count == 0
            ? new VolumeFigures(null, null, null, null, _notFinite, all, _perSlice, digest)
            : new VolumeFigures(_min, _max, Representable(_mean), Representable(Math.Sqrt(_squares / _count)), _notFinite, all, _perSlice, digest)
            {
                ExactMin = _exactMin,
                ExactMax = _exactMax,
            };
    }

    /// <summary>Null: the sum of such large values is beyond double precision.</summary>
    private static double? Representable(double value) => double.IsFinite(value) ? value : null;

    public void Dispose() => _hash.Dispose();

    /// <summary>Chan, Golub and LeVeque (1979): mean and squares of a plane by themselves, then put to those of the others.</summary>
    private void AddMoments(ReadOnlySpan<double> values)
    {
        (double sum, long count) = (0, 0);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                sum += value;
                count++;
                _min = Math.Min(_min, value);
                _max = Math.Max(_max, value);
            }
        }

        _notFinite += values.Length - count;
        if (count == 0)
        {
            return;
        }

        double mean = sum / count;
        double squares = 0;
        foreach (double value in values)
        {
            squares += double.IsFinite(value) ? (value - mean) * (value - mean) : 0;
        }

        double apart = mean - _mean;
        long all = _count + count;
        _squares += squares + (apart * apart * _count / all * count);
        _mean += apart * count / all;
        _count = all;
    }

    /// <summary>Null: they are no labels.</summary>
    private static SortedDictionary<long, long>? CountsOf(ReadOnlySpan<double> values)
    {
        SortedDictionary<long, long> counts = [];
        for (int i = 0; i < values.Length;)
        {
            double value = values[i];
            if (!(Math.Abs(value) <= MostWhole) || value != Math.Floor(value))
            {
                return null;
            }

            int run = values[i..].IndexOfAnyExcept(value);
            run = run < 0 ? values.Length - i : run;
            counts[(long)value] = counts.GetValueOrDefault((long)value) + run;
            if (counts.Count > MostValues)
            {
                return null;
            }

            i += run;
        }

        return counts;
    }

    /// <summary>Null: they are no labels.</summary>
    private static SortedDictionary<long, long>? CountsOf(ReadOnlySpan<long> values)
    {
        SortedDictionary<long, long> counts = [];
        foreach (long value in values)
        {
            counts[value] = counts.GetValueOrDefault(value) + 1;
            if (counts.Count > MostValues)
            {
                return null;
            }
        }

        return counts;
    }

    private bool Exceeds(SortedDictionary<long, long> counts)
    {
        _values.UnionWith(counts.Keys);
        _perSlice!.Add(counts);
        return _values.Count > MostValues;
    }
}

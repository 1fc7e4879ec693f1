namespace AdvSeg.Core.Statistics;

/// <summary>
/// Values of replicates (rows: trained networks) on units (columns: patients). Not every replicate has every unit: a held-out patient is
/// scored by the networks of its fold alone.
/// </summary>
public sealed class Crossed
{
    private const int MostOnStack = 1024;

    private readonly double?[][] _values;

    /// <param name="values">One row per replicate, all of one length; null where the replicate has no value of the unit.</param>
    /// <exception cref="ArgumentException">Rows differ in length, a value is not finite, or a row or column is empty.</exception>
    public Crossed(IReadOnlyList<IReadOnlyList<double?>> values)
    {
        _values = [.. values.Select(row => row.ToArray())];
        if (_values.Length == 0 || _values.Any(row => row.Length != _values[0].Length))
        {
            throw new ArgumentException("Crossed values need rows of one length.", nameof(values));
        }

        if (_values.Any(row => row.Any(v => v is { } value && !double.IsFinite(value))))
        {
            throw new ArgumentException("Crossed values need to be finite.", nameof(values));
        }

        if (_values.Any(row => row.All(v => v is null)) || Enumerable.Range(0, Units).Any(u => _values.All(row => row[u] is null)))
        {
            throw new ArgumentException("Every replicate and every unit needs a value.", nameof(values));
        }
    }

    public int Replicates => _values.Length;

    public int Units => _values[0].Length;

    public double? this[int replicate, int unit] => _values[replicate][unit];

    /// <summary>Every replicate has every unit.</summary>
    public bool Complete => _values.All(row => row.All(v => v is not null));

    /// <summary>The mean over units of each unit's mean over the replicates that have it.</summary>
    public double Mean => WeightedMean(Ones(Replicates), Ones(Units))!.Value;

    /// <summary>The same with each replicate and unit as often as its weight says; null when no unit that is drawn has a value.</summary>
    internal double? WeightedMean(ReadOnlySpan<int> replicates, ReadOnlySpan<int> units)
    {
        Span<double> sums = Units <= MostOnStack ? stackalloc double[Units] : new double[Units];
        Span<int> counts = Units <= MostOnStack ? stackalloc int[Units] : new int[Units];
        for (int r = 0; r < replicates.Length; r++)
        {
            if (replicates[r] == 0)
            {
                continue;
            }

            double?[] row = _values[r];
            for (int u = 0; u < row.Length; u++)
            {
                if (row[u] is { } value)
                {
                    sums[u] += replicates[r] * value;
                    counts[u] += replicates[r];
                }
            }
        }

        double sum = 0;
        int count = 0;
        for (int u = 0; u < units.Length; u++)
        {
            if (counts[u] > 0)
            {
                sum += units[u] * sums[u] / counts[u];
                count += units[u];
            }
        }

        return count == 0 ? null : sum / count;
    }

    private static int[] Ones(int count) => [.. Enumerable.Repeat(1, count)];
}

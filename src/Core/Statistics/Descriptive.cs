namespace AdvSeg.Core.Statistics;

/// <summary>Mean, sample standard deviation and quantiles of a set of numbers.</summary>
public static class Descriptive
{
    /// <exception cref="ArgumentException">There are no values.</exception>
    public static double Mean(IReadOnlyList<double> values) => Sum(values) / NotEmpty(values).Count;

    /// <summary>The sample standard deviation, divisor n - 1; null for fewer than two values.</summary>
    public static double? Deviation(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
        {
            return null;
        }

        double mean = Mean(values);
        double squares = values.Sum(v => (v - mean) * (v - mean));
        return Math.Sqrt(squares / (values.Count - 1));
    }

    public static double Median(IReadOnlyList<double> values) => Quantile(values, 0.5);

    /// <summary>Quantile of type 7 (Hyndman and Fan 1996), the default of R, NumPy and Excel: linear between order statistics.</summary>
    public static double Quantile(IReadOnlyList<double> values, double probability)
    {
        double[] sorted = [.. NotEmpty(values)];
        Array.Sort(sorted);
        return SortedQuantile(sorted, probability);
    }

    /// <summary>The same for values already in ascending order.</summary>
    public static double SortedQuantile(ReadOnlySpan<double> ascending, double probability)
    {
        if (probability is not (>= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A probability is in [0, 1].");
        }

        double position = probability * (ascending.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + ((position - below) * (ascending[above] - ascending[below]));
    }

    private static double Sum(IReadOnlyList<double> values)
    {
        double sum = 0;
        for (int i = 0; i < values.Count; i++)
        {
            sum += values[i];
        }

        return sum;
    }

    private static IReadOnlyList<double> NotEmpty(IReadOnlyList<double> values) =>
        values.Count > 0 ? values : throw new ArgumentException("A statistic of no values is not defined.", nameof(values));
}

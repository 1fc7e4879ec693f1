namespace AdvSeg.Core.Statistics;

/// <summary>The mean of independent values, with what Student's t says about it.</summary>
/// <param name="Count">Values.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Deviation">Their sample standard deviation; null for one value.</param>
/// <param name="Interval">95 %; null for one value.</param>
/// <param name="PValue">Two-sided, of a mean of zero; null for one value, or where all values are equal.</param>
/// <param name="Reason">Why there is no p-value; null when there is one.</param>
public sealed record MeanTest(int Count, double Mean, double? Deviation, Band? Interval, double? PValue, string? Reason)
{
    /// <summary>
    /// The one-sample t test (Student 1908). Of one difference per seed, it asks whether the difference would be found again with other seeds.
    /// </summary>
    /// <exception cref="ArgumentException">There are no values, or one is not finite.</exception>
    public static MeanTest Of(IReadOnlyList<double> values)
    {
        if (values.Any(v => !double.IsFinite(v)))
        {
            throw new ArgumentException("A test of a mean needs finite values.", nameof(values));
        }

        double mean = Descriptive.Mean(values);
        if (Descriptive.Deviation(values) is not { } deviation)
        {
            return new(values.Count, mean, null, null, null, "one value has no spread; at least 2 are needed");
        }

        if (values.All(v => v == values[0]))
        {
            // The mean of equal values may round, and leave a spread that they do not have.
            return new(values.Count, values[0], 0, new(values[0], values[0]), null, $"all {values.Count} values are equal");
        }

        double error = deviation / Math.Sqrt(values.Count);
        double reach = StudentT.Critical(0.05, values.Count - 1) * error;
        return new(values.Count, mean, deviation, new(mean - reach, mean + reach), StudentT.TwoSided(mean / error, values.Count - 1), null);
    }
}

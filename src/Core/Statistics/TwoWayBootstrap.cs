using AdvSeg.Core.Draws;

namespace AdvSeg.Core.Statistics;

/// <summary>A mean over replicates and units, and how far other replicates and other units could move it.</summary>
/// <param name="Mean">Over units, each by its mean over replicates.</param>
/// <param name="Error">Its standard error; null for one replicate or one unit.</param>
/// <param name="Interval">95 %; null where the error is.</param>
/// <param name="Reason">Why there is no interval; null when there is one.</param>
public sealed record TwoWayResult(double Mean, double? Error, Band? Interval, string? Reason);

/// <summary>
/// The pigeonhole bootstrap (Owen 2007): replicates and units are drawn with replacement, each on its own, and a value counts as often as
/// both its replicate and its unit were drawn. Resampling units alone, as a test over patients does, answers for these trained
/// networks only. The interval is the mean and t times the standard deviation of the resampled means, with one degree of freedom less than
/// there are replicates or units, whichever are fewer: percentiles of few replicates cover far less than they say.
/// </summary>
public static class TwoWayBootstrap
{
    public const int DefaultResamples = 2_000;

    /// <summary>Very many networks and patients need no more for a standard deviation, and a page has hundreds of comparisons.</summary>
    private const int FewestResamples = 200;

    /// <summary>The most values that all resamples of a comparison read together.</summary>
    private const int MostValues = 20_000_000;

    /// <param name="values">Differences of a variant from its baseline.</param>
    /// <param name="seed">Key of the draws; resample i is step i of purpose <see cref="DrawPurpose.TwoWayBootstrap"/>.</param>
    /// <param name="resamples">At least 100; null for <see cref="ResamplesOf"/>.</param>
    public static TwoWayResult Run(Crossed values, ulong seed, int? resamples = null)
    {
        int count = resamples ?? ResamplesOf(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 100, nameof(resamples));
        double mean = values.Mean;
        int fewest = Math.Min(values.Replicates, values.Units);
        if (fewest < 2)
        {
            return new(mean, null, null, $"{values.Replicates} replicates of {values.Units} patients; at least 2 of each are needed");
        }

        return Result(mean, [.. Together([values], seed, count).Select(drawn => drawn[0])], fewest);
    }

    /// <summary>The same for any statistic that takes how often each replicate and each unit was drawn.</summary>
    /// <param name="found">Its value where each is drawn once.</param>
    /// <param name="replicates">How many there are.</param>
    /// <param name="units">How many there are.</param>
    /// <param name="seed">Key of the draws.</param>
    /// <param name="resamples">At least 100.</param>
    /// <param name="statistic">Null where it is undefined: such a resample is left out.</param>
    public static TwoWayResult Of(
        double found, int replicates, int units, ulong seed, int resamples, Func<int[], int[], double?> statistic)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        (int[] drawnReplicates, int[] drawnUnits) = (new int[replicates], new int[units]);
        List<double> values = [];
        int fewest = Math.Min(replicates, units);
        for (int i = 0; fewest > 1 && i < resamples; i++)
        {
            PhiloxSequence draws = Philox.At(seed, DrawPurpose.TwoWayBootstrap, (uint)i);
            Draw(ref draws, drawnReplicates);
            Draw(ref draws, drawnUnits);
            if (statistic(drawnReplicates, drawnUnits) is { } value)
            {
                values.Add(value);
            }
        }

        return values.Count > 1
            ? Result(found, values, fewest)
            : new(found, null, null, $"{replicates} replicates of {units} patients; at least 2 of each are needed");
    }

    private static TwoWayResult Result(double mean, IReadOnlyList<double> resampled, int fewest)
    {
        double error = Descriptive.Deviation(resampled)!.Value;
        double reach = StudentT.Critical(0.05, fewest - 1) * error;
        return new(mean, error, new(mean - reach, mean + reach), null);
    }

    /// <summary>As many as usual up to 10,000 values, then fewer, so that a comparison has a bounded cost.</summary>
    public static int ResamplesOf(Crossed values) =>
        (int)Math.Clamp((long)MostValues / ((long)values.Replicates * values.Units), FewestResamples, DefaultResamples);

    /// <summary>The means of several sets of values over the same resamples of the networks and patients that they share.</summary>
    /// <param name="values">All of the same replicates and units.</param>
    /// <param name="seed">Key of the draws.</param>
    /// <param name="resamples">At least 100; one in which a set has no value is left out.</param>
    /// <returns>For each resample, the mean of each set.</returns>
    public static IReadOnlyList<IReadOnlyList<double>> Together(IReadOnlyList<Crossed> values, ulong seed, int resamples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        if (values.Any(v => (v.Replicates, v.Units) != (values[0].Replicates, values[0].Units)))
        {
            throw new ArgumentException("What is resampled together has the same replicates and units.", nameof(values));
        }

        List<IReadOnlyList<double>> found = [];
        int[] replicates = new int[values[0].Replicates];
        int[] units = new int[values[0].Units];
        for (int i = 0; i < resamples; i++)
        {
            PhiloxSequence draws = Philox.At(seed, DrawPurpose.TwoWayBootstrap, (uint)i);
            Draw(ref draws, replicates);
            Draw(ref draws, units);
            double?[] means = [.. values.Select(v => v.WeightedMean(replicates, units))];
            if (means.All(m => m is not null))
            {
                found.Add([.. means.Select(m => m!.Value)]);
            }
        }

        return found;
    }

    /// <summary>How often each of n is drawn in n draws with replacement.</summary>
    private static void Draw(ref PhiloxSequence draws, int[] counts)
    {
        Array.Clear(counts);
        for (int i = 0; i < counts.Length; i++)
        {
            counts[draws.NextInt32(counts.Length)]++;
        }
    }
}

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

    /// <param name="values">Differences of a variant from its baseline.</param>
    /// <param name="seed">Key of the draws; resample i is step i of purpose <see cref="DrawPurpose.TwoWayBootstrap"/>.</param>
    /// <param name="resamples">At least 100.</param>
    public static TwoWayResult Run(Crossed values, ulong seed, int resamples = DefaultResamples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        double mean = values.Mean;
        int fewest = Math.Min(values.Replicates, values.Units);
        if (fewest < 2)
        {
            return new(mean, null, null, $"{values.Replicates} replicates of {values.Units} patients; at least 2 of each are needed");
        }

        double[] means = Resample(values, seed, resamples);
        double error = Descriptive.Deviation(means)!.Value;
        double reach = StudentT.Critical(0.05, fewest - 1) * error;
        return new(mean, error, new(mean - reach, mean + reach), null);
    }

    private static double[] Resample(Crossed values, ulong seed, int resamples)
    {
        List<double> means = new(resamples);
        int[] replicates = new int[values.Replicates];
        int[] units = new int[values.Units];
        for (int i = 0; i < resamples; i++)
        {
            PhiloxSequence draws = Philox.At(seed, DrawPurpose.TwoWayBootstrap, (uint)i);
            Draw(ref draws, replicates);
            Draw(ref draws, units);
            if (values.WeightedMean(replicates, units) is { } mean)
            {
                means.Add(mean);
            }
        }

        return [.. means];
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

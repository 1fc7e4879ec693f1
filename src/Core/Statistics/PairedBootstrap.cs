using AdvSeg.Core.Draws;

namespace AdvSeg.Core.Statistics;

/// <summary>A percentile interval.</summary>
public sealed record Band(double Low, double High);

/// <summary>What one set of resamples says about a variant against its baseline.</summary>
/// <param name="Difference">Mean of the variant minus mean of the baseline.</param>
/// <param name="DifferenceBand">Its 95 % percentile interval; null for too few patients.</param>
/// <param name="Gain">That difference over the baseline's mean; null when that mean is not positive.</param>
/// <param name="GainBand">Its 95 % percentile interval; null for too few patients, or when the baseline's mean is not positive in some
/// resample.</param>
/// <param name="Note">Why the gain or a band is missing; null when all are there.</param>
public sealed record BootstrapResult(double Difference, Band? DifferenceBand, double? Gain, Band? GainBand, string? Note);

/// <summary>
/// The paired percentile bootstrap (Efron and Tibshirani 1993, chapter 13): patients are drawn with replacement, and each draw takes the
/// variant's and the baseline's value of that patient together, so that numerator and denominator of the gain belong to one resample.
/// </summary>
public static class PairedBootstrap
{
    public const int DefaultResamples = 10_000;

    /// <summary>The number that the signed-rank test needs; percentile intervals of fewer values are far too narrow.</summary>
    public const int FewestPatients = Wilcoxon.FewestDifferences;

    /// <param name="variant">One value per patient.</param>
    /// <param name="baseline">The baseline's value of the same patient.</param>
    /// <param name="seed">Key of the draws; resample i is step i of purpose <see cref="DrawPurpose.Bootstrap"/>.</param>
    /// <param name="resamples">Number of resamples, at least 100.</param>
    /// <exception cref="ArgumentException">The lists are empty or differ in length, or there are too few resamples.</exception>
    public static BootstrapResult Run(IReadOnlyList<double> variant, IReadOnlyList<double> baseline, ulong seed, int resamples = DefaultResamples)
    {
        if (variant.Count != baseline.Count || variant.Count == 0)
        {
            throw new ArgumentException($"A paired bootstrap needs equal, non-zero numbers of values, not {variant.Count} and {baseline.Count}.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        double denominator = Descriptive.Mean(baseline);
        double difference = Descriptive.Mean(variant) - denominator;
        double? gain = denominator > 0 ? difference / denominator : null;
        if (variant.Count < FewestPatients)
        {
            string few = $"no band below {FewestPatients} patients";
            return new(difference, null, gain, null, gain is null ? $"baseline mean is 0; {few}" : few);
        }

        (double[] differences, double[] gains, int undefined) = Resample([.. variant], [.. baseline], seed, resamples);
        Band? gainBand = undefined == 0 ? Percentiles(gains) : null;
        string? note = gain is null ? "baseline mean is 0"
            : gainBand is null ? $"baseline mean is 0 in {undefined} of {resamples} resamples"
            : null;
        return new(difference, Percentiles(differences), gain, gainBand, note);
    }

    private static (double[] Differences, double[] Gains, int Undefined) Resample(double[] variant, double[] baseline, ulong seed, int resamples)
    {
        var differences = new double[resamples];
        var gains = new double[resamples];
        int undefined = 0;
        BootstrapDraws? known = BootstrapDraws.Of(seed, variant.Length, resamples);
        for (int i = 0; i < resamples; i++)
        {
            (double above, double below) = known is null
                ? Drawn(variant, baseline, Philox.At(seed, DrawPurpose.Bootstrap, (uint)i))
                : Sums(variant, baseline, known[i]);
            differences[i] = (above - below) / variant.Length;
            gains[i] = (above - below) / below;
            undefined += below > 0 ? 0 : 1;
        }

        return (differences, gains, undefined);
    }

    private static (double Above, double Below) Sums(double[] variant, double[] baseline, ReadOnlySpan<ushort> patients)
    {
        double above = 0;
        double below = 0;
        foreach (ushort patient in patients)
        {
            above += variant[patient];
            below += baseline[patient];
        }

        return (above, below);
    }

    private static (double Above, double Below) Drawn(double[] variant, double[] baseline, PhiloxSequence draws)
    {
        double above = 0;
        double below = 0;
        for (int k = 0; k < variant.Length; k++)
        {
            int patient = draws.NextInt32(variant.Length);
            above += variant[patient];
            below += baseline[patient];
        }

        return (above, below);
    }

    private static Band Percentiles(double[] values)
    {
        Array.Sort(values);
        return new(Descriptive.SortedQuantile(values, 0.025), Descriptive.SortedQuantile(values, 0.975));
    }
}

namespace AdvSeg.Core.Statistics;

/// <summary>
/// What a two-sided one-sample t test of n differences detects (Cohen 1988, section 2.3): the noncentral t distribution with
/// noncentrality sqrt(n) x difference / standard deviation.
/// </summary>
public static class PairedPower
{
    public const double Alpha = 0.05;

    /// <summary>The probability of a detection that designs are usually made for.</summary>
    public const double Usual = 0.8;

    /// <summary>More replicates than this are said to be out of reach.</summary>
    public const int MostPairs = 100_000;

    /// <summary>The probability of p below alpha.</summary>
    /// <param name="pairs">Differences, at least 2.</param>
    /// <param name="effect">The true difference over its standard deviation.</param>
    /// <param name="alpha">Two-sided.</param>
    public static double Of(int pairs, double effect, double alpha = Alpha)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 2);
        double critical = StudentT.Critical(alpha, pairs - 1);
        double noncentrality = Math.Sqrt(pairs) * Math.Abs(effect);
        return 1 - StudentT.Noncentral(critical, pairs - 1, noncentrality) + StudentT.Noncentral(-critical, pairs - 1, noncentrality);
    }

    /// <summary>The smallest effect that n differences detect with this power.</summary>
    public static double SmallestEffect(int pairs, double power = Usual, double alpha = Alpha)
    {
        CheckPower(power, alpha);
        double high = 1;
        while (Of(pairs, high, alpha) < power)
        {
            high *= 2;
        }

        return Bisect(effect => Of(pairs, effect, alpha) - power, high);
    }

    /// <summary>The fewest differences that detect this effect with this power; null above <see cref="MostPairs"/>.</summary>
    public static int? PairsFor(double effect, double power = Usual, double alpha = Alpha)
    {
        CheckPower(power, alpha);
        if (effect == 0 || Of(MostPairs, effect, alpha) < power)
        {
            return null;
        }

        int low = 1;
        int high = 2;
        while (Of(high, effect, alpha) < power)
        {
            (low, high) = (high, Math.Min(MostPairs, high * 2));
        }

        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = Of(middle, effect, alpha) < power ? (middle, high) : (low, middle);
        }

        return high;
    }

    /// <summary>Stops after nine digits, more than any design has, because each step costs an integral.</summary>
    private static double Bisect(Func<double, double> rising, double high)
    {
        double low = 0;
        while (high - low > 1e-9 * high)
        {
            double middle = (low + high) / 2;
            (low, high) = rising(middle) < 0 ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }

    private static void CheckPower(double power, double alpha)
    {
        if (!(alpha < power && power < 1 && alpha > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(power), power, $"A power lies above alpha ({alpha}) and below 1.");
        }
    }
}

namespace AdvSeg.Core.Draws;

/// <summary>The standard normal distribution.</summary>
public static class Normal
{
    /// <summary>P(|Z| >= |z|), relative error below 1e-13 for |z| up to 35.</summary>
    public static double TwoSided(double z) => Erfc(Math.Abs(z) / Math.Sqrt(2));

    /// <summary>
    /// 1 - erf(x) for x >= 0: below 2 by the series of positive terms (Abramowitz and Stegun 7.1.6), above by the continued fraction
    /// (7.1.14) from its tail, which keeps the relative accuracy that 1 - erf loses.
    /// </summary>
    private static double Erfc(double x)
    {
        if (x < 2)
        {
            double term = x;
            double sum = x;
            for (int n = 1; term > sum * 1e-17; n++)
            {
                term *= 2 * x * x / ((2 * n) + 1);
                sum += term;
            }

            return 1 - (2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum);
        }

        double fraction = x;
        for (int n = 200; n >= 1; n--)
        {
            fraction = x + (n / 2.0 / fraction);
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}

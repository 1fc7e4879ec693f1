using AdvSeg.Core.Draws;

namespace AdvSeg.Core.Statistics;

/// <summary>Student's t distribution, central and noncentral.</summary>
public static class StudentT
{
    /// <summary>P(|T| >= |t|); any degrees of freedom above 0.</summary>
    public static double TwoSided(double t, double degrees) => t * t < 1
        ? 1 - SpecialFunctions.RegularizedBeta(0.5, degrees / 2, t * t / (degrees + (t * t)))
        : SpecialFunctions.RegularizedBeta(degrees / 2, 0.5, degrees / (degrees + (t * t)));

    /// <summary>P(T >= t).</summary>
    public static double Above(double t, double degrees) => t >= 0 ? TwoSided(t, degrees) / 2 : 1 - (TwoSided(t, degrees) / 2);

    /// <summary>The t that |T| exceeds with this probability: 2.776 for 0.05 and 4 degrees of freedom.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The two-sided probability is not in (0, 1).</exception>
    public static double Critical(double probability, double degrees)
    {
        if (probability is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(probability), probability, "A critical value needs a probability in (0, 1).");
        }

        double high = 1;
        while (TwoSided(high, degrees) > probability)
        {
            high *= 2;
        }

        return Bisection.Root(t => probability - TwoSided(t, degrees), 0, high);
    }

    /// <summary>
    /// P(T' at most t) for T' = (Z + noncentrality) / sqrt(X / degrees), X chi-squared: the series of Lenth (1989), algorithm AS 243. Beyond
    /// a noncentrality of 37, whose exponential no double has, the normal approximation 26.7.10 of Abramowitz and Stegun.
    /// </summary>
    public static double Noncentral(double t, double degrees, double noncentrality)
    {
        if (t < 0)
        {
            return 1 - Noncentral(-t, degrees, -noncentrality);
        }

        if (Math.Abs(noncentrality) > 37)
        {
            return Below(((t * (1 - (1 / (4 * degrees)))) - noncentrality) / Math.Sqrt(1 + (t * t / (2 * degrees))));
        }

        double x = t * t / (degrees + (t * t));
        double half = noncentrality * noncentrality / 2;
        double p = Math.Exp(-half) / 2;
        double q = noncentrality * Math.Exp(-half) / Math.Sqrt(2 * Math.PI);
        double sum = Below(-noncentrality);
        double left = 0.5 - p;
        for (int j = 0; ; j++)
        {
            double even = SpecialFunctions.RegularizedBeta(j + 0.5, degrees / 2, x);
            double odd = SpecialFunctions.RegularizedBeta(j + 1, degrees / 2, x);
            sum += (p * even) + (q * odd);

            // The terms that follow are at most the rest of the Poisson weights times a beta that falls with j.
            if (j > half && 2 * left * even < 1e-14)
            {
                return Math.Clamp(sum, 0, 1);
            }

            p *= half / (j + 1);
            q *= half / (j + 1.5);
            left -= p;
        }
    }

    private static double Below(double z) => z >= 0 ? 1 - (Normal.TwoSided(z) / 2) : Normal.TwoSided(z) / 2;
}

namespace AdvSeg.Core.Statistics;

/// <summary>
/// An inverse power law of a score over the number of training patients (Figueroa et al. 2012): asymptote - scale x n^-rate, which rises and
/// flattens.
/// </summary>
/// <param name="Asymptote">The score that the curve approaches, at most 1.</param>
/// <param name="Scale">At least 0; 0 is a curve that does not rise.</param>
/// <param name="Rate">Between <see cref="SlowestRate"/> and <see cref="FastestRate"/>.</param>
public sealed record PowerLaw(double Asymptote, double Scale, double Rate)
{
    public const double SlowestRate = 0.05;
    public const double FastestRate = 3;

    /// <summary>Fewer sizes than parameters leave the curve open.</summary>
    public const int FewestSizes = 3;

    /// <summary>What no score exceeds.</summary>
    private const double Highest = 1;

    private const int Steps = 48;

    /// <summary>The score at a number of training patients.</summary>
    public double At(double size) => Asymptote - (Scale * Math.Pow(size, -Rate));

    /// <summary>The number of training patients at which the curve reaches a score; infinite where it never does.</summary>
    public double SizeFor(double score) => score >= Asymptote ? double.PositiveInfinity
        : Scale == 0 ? 0
        : Math.Pow(Scale / (Asymptote - score), 1 / Rate);

    /// <summary>
    /// Least squares: for each rate the best asymptote and scale are a straight line over n^-rate, and the rate is searched on a grid, then
    /// between its neighbours.
    /// </summary>
    /// <param name="sizes">Training patients, at least <see cref="FewestSizes"/> different numbers.</param>
    /// <param name="scores">The score at each.</param>
    /// <exception cref="ArgumentException">Too few sizes, or lists of two lengths.</exception>
    public static PowerLaw Fit(IReadOnlyList<double> sizes, IReadOnlyList<double> scores)
    {
        if (sizes.Count != scores.Count || sizes.Distinct().Count() < FewestSizes)
        {
            throw new ArgumentException(
                $"A power law needs a score at {FewestSizes} sizes or more, not {scores.Count} at {sizes.Distinct().Count()}.", nameof(sizes));
        }

        double RateOf(double step) => SlowestRate * Math.Pow(FastestRate / SlowestRate, step / Steps);
        double Squares(double step) => Line(sizes, scores, RateOf(step)).Squares(sizes, scores);
        int best = Enumerable.Range(0, Steps + 1).MinBy(step => Squares(step));
        return Line(sizes, scores, RateOf(Least(Squares, Math.Max(0, best - 1), Math.Min(Steps, best + 1))));
    }

    /// <summary>The sum of squared residuals.</summary>
    public double Squares(IReadOnlyList<double> sizes, IReadOnlyList<double> scores) =>
        sizes.Zip(scores, (n, y) => (y - At(n)) * (y - At(n))).Sum();

    private static PowerLaw Line(IReadOnlyList<double> sizes, IReadOnlyList<double> scores, double rate)
    {
        double[] x = [.. sizes.Select(n => Math.Pow(n, -rate))];
        (double middle, double mean) = (x.Average(), scores.Average());
        double scale = -x.Zip(scores, (v, y) => (v - middle) * (y - mean)).Sum() / x.Sum(v => (v - middle) * (v - middle));
        if (scale <= 0)
        {
            return new(Math.Min(Highest, mean), 0, rate);
        }

        double asymptote = mean + (scale * middle);
        return asymptote <= Highest
            ? new(asymptote, scale, rate)
            : new(Highest, x.Zip(scores, (v, y) => v * (Highest - y)).Sum() / x.Sum(v => v * v), rate);
    }

    /// <summary>The lowest point of a function between two ends, by golden sections.</summary>
    private static double Least(Func<double, double> value, double low, double high)
    {
        double golden = (Math.Sqrt(5) - 1) / 2;
        while (high - low > 1e-7)
        {
            double first = high - (golden * (high - low));
            double second = low + (golden * (high - low));
            (low, high) = value(first) <= value(second) ? (low, second) : (first, high);
        }

        return (low + high) / 2;
    }
}

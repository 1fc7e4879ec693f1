using AdvSeg.Core.Draws;

namespace AdvSeg.Core.Statistics;

public enum WilcoxonMethod
{
    /// <summary>The exact null distribution of the rank sum, given the ties that there are.</summary>
    Exact,

    /// <summary>The normal approximation with tie correction, without continuity correction.</summary>
    Normal,
}

/// <summary>A two-sided paired Wilcoxon signed-rank test.</summary>
/// <param name="Pairs">All pairs given.</param>
/// <param name="Zeros">Pairs without a difference, left out of the ranking.</param>
/// <param name="Statistic">The smaller of the two rank sums; null when not applicable.</param>
/// <param name="PValue">Two-sided; null when not applicable.</param>
/// <param name="Method">Where the p-value comes from; null when not applicable.</param>
/// <param name="Effect">
/// The matched-pairs rank-biserial correlation (Kerby 2014), (W+ - W-) / (W+ + W-) over the ranks of the test: 1 when the first value of
/// every pair that differs is the larger one, -1 when it is the smaller one; null when not applicable.
/// </param>
/// <param name="Reason">Why the test is not applicable; null when it is.</param>
public sealed record WilcoxonResult(int Pairs, int Zeros, double? Statistic, double? PValue, WilcoxonMethod? Method, double? Effect, string? Reason);

/// <summary>
/// The paired signed-rank test of Wilcoxon (1945), two-sided. The zero policy is SciPy's "wilcox", and no other is offered: zero
/// differences are dropped before ranking, and every result counts them. The p-value is exact for up to 50 differences that are not zero,
/// ties included (every way to sign the ranks that there are), else by the normal approximation. Differences are rounded to
/// <see cref="Digits"/> digits first, because a tie that arithmetic broke in its last bit is still one.
/// </summary>
public static class Wilcoxon
{
    /// <summary>With fewer differences no outcome reaches p = 0.05 two-sided (2/2^5 = 0.0625).</summary>
    public const int FewestDifferences = 6;

    /// <summary>
    /// Digits behind the point that differences keep: scores count pixels and lengths are in mm, so digits beyond these are rounding errors.
    /// </summary>
    public const int Digits = 9;

    private const int MostExact = 50;

    /// <param name="first">One value per pair.</param>
    /// <param name="second">The partner of each value.</param>
    /// <exception cref="ArgumentException">The lists differ in length or hold a value that is not finite.</exception>
    public static WilcoxonResult Test(IReadOnlyList<double> first, IReadOnlyList<double> second)
    {
        if (first.Count != second.Count)
        {
            throw new ArgumentException($"A paired test needs lists of one length, not {first.Count} and {second.Count} values.");
        }

        double[] all = [.. first.Zip(second, (a, b) => Math.Round(a - b, Digits))];
        if (all.Any(d => !double.IsFinite(d)))
        {
            throw new ArgumentException("A paired test needs finite values.");
        }

        double[] differences = [.. all.Where(d => d != 0)];
        int zeros = all.Length - differences.Length;
        if (NotApplicable(all.Length, differences.Length) is { } reason)
        {
            return new(all.Length, zeros, null, null, null, null, reason);
        }

        (double[] ranks, double tieTerm) = Rank(differences);
        double plus = ranks.Where((_, i) => differences[i] > 0).Sum();
        double total = ranks.Sum();
        double statistic = Math.Min(plus, total - plus);
        double effect = ((2 * plus) - total) / total;
        return differences.Length <= MostExact
            ? new(all.Length, zeros, statistic, Exact(statistic, ranks), WilcoxonMethod.Exact, effect, null)
            : new(all.Length, zeros, statistic, Approximate(statistic, differences.Length, tieTerm), WilcoxonMethod.Normal, effect, null);
    }

    private static string? NotApplicable(int pairs, int differences) => (pairs, differences) switch
    {
        ( < FewestDifferences, _) => $"{pairs} pairs; at least {FewestDifferences} are needed for p < 0.05 to be possible",
        (_, 0) => $"all {pairs} differences are zero",
        (_, < FewestDifferences) => $"{differences} of {pairs} pairs differ; at least {FewestDifferences} are needed for p < 0.05 to be possible",
        _ => null,
    };

    /// <summary>Ranks of the absolute differences, ties averaged, and the sum of t^3 - t over groups of t ties.</summary>
    private static (double[] Ranks, double TieTerm) Rank(double[] differences)
    {
        double[] sizes = [.. differences.Select(Math.Abs)];
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        Array.Sort((double[])sizes.Clone(), order);
        var ranks = new double[sizes.Length];
        double tieTerm = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            for (end = start + 1; end < order.Length && sizes[order[end]] == sizes[order[start]]; end++)
            {
            }

            double ties = end - start;
            tieTerm += (ties * ties * ties) - ties;
            foreach (int i in order.AsSpan(start, end - start))
            {
                ranks[i] = (start + 1 + end) / 2.0;
            }
        }

        return (ranks, tieTerm);
    }

    /// <summary>
    /// P(min(W+, W-) at most the statistic): counts the subsets of the ranks by twice their sum, which is whole although ties share half ranks;
    /// exact in a double up to 50 ranks.
    /// </summary>
    private static double Exact(double statistic, double[] ranks)
    {
        int[] doubled = [.. ranks.Select(r => (int)(2 * r))];
        var counts = new double[doubled.Sum() + 1];
        counts[0] = 1;
        foreach (int rank in doubled)
        {
            for (int sum = counts.Length - 1; sum >= rank; sum--)
            {
                counts[sum] += counts[sum - rank];
            }
        }

        double tail = counts.AsSpan(0, (int)(2 * statistic) + 1).ToArray().Sum();
        return Math.Min(1, 2 * tail / Math.Pow(2, ranks.Length));
    }

    private static double Approximate(double statistic, int n, double tieTerm)
    {
        double mean = n * (n + 1) / 4.0;
        double variance = ((n * (n + 1.0) * ((2 * n) + 1)) - (tieTerm / 2)) / 24;
        return Normal.TwoSided((statistic - mean) / Math.Sqrt(variance));
    }
}

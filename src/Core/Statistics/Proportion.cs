namespace AdvSeg.Core.Statistics;

/// <summary>How often something happened, with the exact 95 % interval of its probability (Clopper and Pearson 1934).</summary>
/// <param name="Count">How often.</param>
/// <param name="Total">Of how many.</param>
/// <param name="Interval">Covers at least 95 %, however rare it is; null for a total of 0.</param>
public sealed record Proportion(int Count, int Total, Band? Interval)
{
    private const double Tail = 0.025;

    /// <exception cref="ArgumentOutOfRangeException">The count is negative or above the total.</exception>
    public static Proportion Of(int count, int total)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, total);
        if (total == 0)
        {
            return new(0, 0, null);
        }

        double low = count == 0 ? 0 : Bisection.Root(p => SpecialFunctions.RegularizedBeta(count, total - count + 1, p) - Tail, 0, 1);
        double high = count == total
            ? 1
            : Bisection.Root(p => SpecialFunctions.RegularizedBeta(count + 1, total - count, p) - (1 - Tail), 0, 1);
        return new(count, total, new(low, high));
    }
}

namespace AdvSeg.Core.Statistics;

/// <summary>The step-down correction of Holm (1979) for asking several questions of the same patients.</summary>
public static class Holm
{
    /// <summary>
    /// Adjusted p-values in the given order: rejecting those below alpha keeps the probability of any false rejection in the family below
    /// alpha, whatever the dependence between the tests. A test that was not applicable stays null and does not count.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">A p-value is not in [0, 1].</exception>
    public static IReadOnlyList<double?> Adjust(IReadOnlyList<double?> pValues)
    {
        int[] ascending = [.. Enumerable.Range(0, pValues.Count).Where(i => pValues[i] is not null).OrderBy(i => pValues[i])];
        var adjusted = new double?[pValues.Count];
        double largest = 0;
        for (int rank = 0; rank < ascending.Length; rank++)
        {
            double p = pValues[ascending[rank]]!.Value;
            if (p is not (>= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(pValues), p, "A p-value is in [0, 1].");
            }

            largest = Math.Max(largest, Math.Min(1, (ascending.Length - rank) * p));
            adjusted[ascending[rank]] = largest;
        }

        return adjusted;
    }
}

using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>Tests that are corrected together.</summary>
/// <param name="Members">Their places in the list of all, each with its corrected p-value; null where there is no test.</param>
/// <param name="Tests">How many of them are tests.</param>
internal sealed record HolmFamily(IReadOnlyList<(int Index, double? PValue)> Members, int Tests)
{
    /// <param name="all">Whatever is tested.</param>
    /// <param name="family">What tests of one family have in common.</param>
    /// <param name="pValue">Uncorrected; null where there is no test.</param>
    public static IEnumerable<HolmFamily> Of<T, TKey>(IReadOnlyList<T> all, Func<T, TKey> family, Func<T, double?> pValue)
    {
        foreach (var members in Enumerable.Range(0, all.Count).GroupBy(i => family(all[i])).ToArray())
        {
            IReadOnlyList<double?> adjusted = Holm.Adjust([.. members.Select(i => pValue(all[i]))]);
            yield return new([.. members.Zip(adjusted)], adjusted.Count(p => p is not null));
        }
    }
}

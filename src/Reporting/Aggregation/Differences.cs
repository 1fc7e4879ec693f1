using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>A variant's values minus the baseline's.</summary>
/// <param name="Rows">The replicates that both have, in order of fold and seed; seeds are indices into the spec's.</param>
/// <param name="Values">One row per replicate, one column per patient in ordinal order.</param>
internal sealed record Differences(IReadOnlyList<(int Fold, int Seed)> Rows, Crossed Values)
{
    /// <summary>Null when no replicate has a patient under both.</summary>
    public static Differences? Of(IEnumerable<((int Fold, int Seed) Row, Pairs Pairs)> replicates)
    {
        var rows = replicates.Where(r => r.Pairs.Count > 0).OrderBy(r => r.Row).ToArray();
        string[] patients = [.. rows.SelectMany(r => r.Pairs.Patients).Distinct().Order(StringComparer.Ordinal)];
        return rows.Length == 0 ? null : new([.. rows.Select(r => r.Row)], new([.. rows.Select(r => Row(r.Pairs, patients))]));
    }

    /// <summary>
    /// The mean difference of each seed that has all folds, in order of seed: over patients, each by its mean over the folds that scored it.
    /// </summary>
    public IEnumerable<double> OfSeeds(int folds) => Rows.Index()
        .GroupBy(r => r.Item.Seed)
        .Where(g => g.Count() == folds)
        .OrderBy(g => g.Key)
        .Select(g => MeanOf([.. g.Select(r => r.Index)]));

    private double MeanOf(int[] rows) => Enumerable.Range(0, Values.Units)
        .Select(unit => rows.Select(row => Values[row, unit]).OfType<double>().ToArray())
        .Where(values => values.Length > 0)
        .Average(values => values.Average());

    private static double?[] Row(Pairs pairs, string[] patients)
    {
        var values = pairs.Patients.Index().ToDictionary(p => p.Item, p => pairs.Variant[p.Index] - pairs.Baseline[p.Index]);
        return [.. patients.Select(p => values.TryGetValue(p, out double value) ? value : (double?)null)];
    }
}

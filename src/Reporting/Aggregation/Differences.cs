using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>A variant's values minus the baseline's.</summary>
/// <param name="Rows">The replicates that both have, in order of fold and seed; seeds are indices into the spec's.</param>
/// <param name="Patients">Those that any of them has, in ordinal order.</param>
/// <param name="Values">One row per replicate, one column per patient.</param>
internal sealed record Differences(IReadOnlyList<(int Fold, int Seed)> Rows, IReadOnlyList<string> Patients, Crossed Values)
{
    /// <summary>Null when no replicate has a patient under both.</summary>
    public static Differences? Of(IEnumerable<((int Fold, int Seed) Row, Pairs Pairs)> replicates) => Of(
        [
            .. replicates.Where(r => r.Pairs.Count > 0).OrderBy(r => r.Row).Select(r => (
                r.Row,
                r.Pairs.Patients.Index().ToDictionary(p => p.Item, p => r.Pairs.Variant[p.Index] - r.Pairs.Baseline[p.Index]))),
        ]);

    /// <summary>
    /// A weighted sum over levels, for each replicate and patient that all of them have: a contrast of gains, whose spread is found like that of
    /// a single difference. Null when they share none.
    /// </summary>
    /// <param name="levels">The differences at each level.</param>
    /// <param name="weights">The weight of each level in a fold.</param>
    public static Differences? Sum(IReadOnlyList<Differences> levels, Func<int, IReadOnlyList<double>> weights)
    {
        IEnumerable<(int Fold, int Seed)> shared = levels.Select(l => l.Rows.AsEnumerable()).Aggregate((rows, level) => rows.Intersect(level));
        List<((int Fold, int Seed), Dictionary<string, double>)> sums = [];
        foreach ((int Fold, int Seed) row in shared.Order())
        {
            IReadOnlyList<double> weight = weights(row.Fold);
            Dictionary<string, double>[] found = [.. levels.Select(level => level.RowOf(row))];
            Dictionary<string, double> sum = found[0].Keys.Where(p => found.All(f => f.ContainsKey(p)))
                .ToDictionary(p => p, p => found.Index().Sum(f => weight[f.Index] * f.Item[p]));
            if (sum.Count > 0)
            {
                sums.Add((row, sum));
            }
        }

        return Of([.. sums]);
    }

    /// <summary>
    /// The mean difference with its interval over networks and patients: none with one seed, whose networks say nothing of others.
    /// </summary>
    public TwoWayResult OverNetworks(SweepScores scores) => scores.ReportedSeeds.Count < 2
        ? new(Values.Mean, null, null, "one seed; at least 2 are needed")
        : TwoWayBootstrap.Run(Values, scores.Spec.SplitSeed);

    /// <summary>
    /// The mean difference of each seed that has all folds, in order of seed: over patients, each by its mean over the folds that scored it.
    /// </summary>
    public IEnumerable<double> OfSeeds(int folds) => Rows.Index()
        .GroupBy(r => r.Item.Seed)
        .Where(g => g.Count() == folds)
        .OrderBy(g => g.Key)
        .Select(g => MeanOf([.. g.Select(r => r.Index)]));

    /// <summary>The test of those; null before a seed has all folds.</summary>
    public MeanTest? TestOfSeeds(int folds) => OfSeeds(folds).ToArray() is { Length: > 0 } seeds ? MeanTest.Of(seeds) : null;

    private static Differences? Of(((int Fold, int Seed) Row, Dictionary<string, double> Values)[] rows)
    {
        string[] patients = [.. rows.SelectMany(r => r.Values.Keys).Distinct().Order(StringComparer.Ordinal)];
        double?[] Row(Dictionary<string, double> values) =>
            [.. patients.Select(p => values.TryGetValue(p, out double value) ? value : (double?)null)];
        return rows.Length == 0 ? null : new([.. rows.Select(r => r.Row)], patients, new([.. rows.Select(r => Row(r.Values))]));
    }

    private Dictionary<string, double> RowOf((int Fold, int Seed) row)
    {
        int index = Rows.Index().First(r => r.Item == row).Index;
        return Patients.Index().Where(p => Values[index, p.Index] is not null).ToDictionary(p => p.Item, p => Values[index, p.Index]!.Value);
    }

    private double MeanOf(int[] rows) => Enumerable.Range(0, Values.Units)
        .Select(unit => rows.Select(row => Values[row, unit]).OfType<double>().ToArray())
        .Where(values => values.Length > 0)
        .Average(values => values.Average());
}

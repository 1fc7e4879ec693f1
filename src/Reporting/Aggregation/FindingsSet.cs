using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>The findings of one variant's networks on a cohort, and what their measures would be with other networks and patients.</summary>
internal sealed class FindingsSet
{
    private const int MostResamples = 400;
    private const int FewestResamples = 100;

    /// <summary>Bounds the work for one value: resamples times networks times patients.</summary>
    private const long MostPatients = 2_000_000;

    private readonly SweepScores _scores;
    private readonly Dictionary<string, int> _unitOf;

    public FindingsSet(IReadOnlyList<NetworkFindings> networks, SweepScores scores)
    {
        (Networks, _scores) = (networks, scores);
        Patients = [.. networks.SelectMany(n => n.Patients).Distinct().Order(StringComparer.Ordinal)];
        _unitOf = Patients.Index().ToDictionary(p => p.Item, p => p.Index);
    }

    /// <summary>Something of every variant that has it, over the whole cross-validation.</summary>
    public static IReadOnlyList<T> OfVariants<T>(SweepScores scores, ScoredOn cohort, Func<string, ScoredOn, FindingsSet, T?> make)
    {
        int[] folds = [.. scores.Plan.Folds.Select(f => f.Index)];
        return
        [
            .. scores.Spec.Variants.Select((v, i) => make(v.Name, cohort, new FindingsSet(scores.Runs(i, folds, null).Findings(cohort), scores)))
                .Where(made => made is not null).Select(made => made!),
        ];
    }

    public IReadOnlyList<NetworkFindings> Networks { get; }

    public IReadOnlyList<string> Patients { get; }

    /// <summary>The mean over networks; null where no network has it.</summary>
    public TwoWayResult? Mean(CohortMetricDefinition metric) => Resampled((network, weights) => metric.Of(network.Findings, weights));

    /// <summary>Minus another variant's, over the replicates that both have; null without any.</summary>
    public TwoWayResult? Difference(FindingsSet other, CohortMetricDefinition metric) => Shared(other).Resampled(
        (network, weights) => metric.Of(network.Findings, weights) - metric.Of(other.Like(network).Findings, other.Places(network, weights)));

    /// <summary>Networks in which it is defined.</summary>
    public int Defined(CohortMetricDefinition metric) => Networks.Count(n => metric.Of(n.Findings, Ones(n)) is not null);

    /// <summary>What <see cref="Difference"/> is of; null without any.</summary>
    public PairedValues? Paired(FindingsSet other, CohortMetricDefinition metric)
    {
        (double? Own, double? Other)[] pairs =
        [
            .. Shared(other).Networks.Select(n => (metric.Of(n.Findings, Ones(n)), metric.Of(other.Like(n).Findings, Ones(other.Like(n)))))
                .Where(p => p.Item1 is not null && p.Item2 is not null),
        ];
        return pairs.Length == 0 ? null : new(pairs.Length, pairs.Average(p => p.Own!.Value), pairs.Average(p => p.Other!.Value));
    }

    /// <summary>The differences of the seeds that have all folds; null with one seed, or none of them.</summary>
    public MeanTest? TestOfSeeds(FindingsSet other, CohortMetricDefinition metric)
    {
        double?[] seeds =
        [
            .. Shared(other).Networks.GroupBy(n => n.Seed).Where(g => g.Count() == _scores.Plan.Folds.Count).OrderBy(g => g.Key)
                .Select(g => g.Average(n => metric.Of(n.Findings, Ones(n)) - metric.Of(other.Like(n).Findings, Ones(other.Like(n))))),
        ];
        double[] defined = [.. seeds.OfType<double>()];
        return _scores.ReportedSeeds.Count < 2 || defined.Length == 0 ? null : MeanTest.Of(defined);
    }

    /// <summary>Anything of single networks, averaged over them, with its interval over networks and patients.</summary>
    /// <param name="valueOf">Of a network, with how often each of its patients counts.</param>
    public TwoWayResult? Resampled(Func<NetworkFindings, int[], double?> valueOf)
    {
        int[][] units = [.. Networks.Select(n => n.Patients.Select(p => _unitOf[p]).ToArray())];
        if (MeanOver([.. Networks.Select(_ => 1)], [.. Patients.Select(_ => 1)]) is not { } mean)
        {
            return null;
        }

        if (_scores.ReportedSeeds.Count < 2)
        {
            return new(mean, null, null, "one seed; at least 2 are needed");
        }

        int resamples = (int)Math.Clamp(MostPatients / ((long)Networks.Count * Patients.Count), FewestResamples, MostResamples);
        return TwoWayBootstrap.Of(mean, Networks.Count, Patients.Count, _scores.Spec.SplitSeed, resamples, MeanOver);

        double? MeanOver(int[] networks, int[] patients)
        {
            (double sum, int count) = (0, 0);
            for (int n = 0; n < networks.Length; n++)
            {
                if (networks[n] > 0 && valueOf(Networks[n], Array.ConvertAll(units[n], unit => patients[unit])) is { } value)
                {
                    (sum, count) = (sum + (networks[n] * value), count + networks[n]);
                }
            }

            return count == 0 ? null : sum / count;
        }
    }

    /// <summary>Its networks whose replicates the other has, too.</summary>
    private FindingsSet Shared(FindingsSet other) => new([.. Networks.Where(n => other.Networks.Any(o => o.Key == n.Key))], _scores);

    private NetworkFindings Like(NetworkFindings network) => Networks.First(n => n.Key == network.Key);

    /// <summary>Weights of a network's patients in the order of this set's network of the same replicate, which scored the same.</summary>
    private int[] Places(NetworkFindings network, int[] weights)
    {
        IReadOnlyList<string> own = Like(network).Patients;
        if (own.SequenceEqual(network.Patients))
        {
            return weights;
        }

        Dictionary<string, int> weightOf = network.Patients.Zip(weights).ToDictionary(p => p.First, p => p.Second);
        return [.. own.Select(p => weightOf.GetValueOrDefault(p))];
    }

    private static int[] Ones(NetworkFindings network) => [.. network.Patients.Select(_ => 1)];
}

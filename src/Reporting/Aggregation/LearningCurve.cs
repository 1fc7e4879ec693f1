using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>The mean score at a number of positive training patients (of several folds their geometric mean).</summary>
public sealed record CurvePoint(double Positives, double Mean, double Fitted);

/// <summary>Where the middle 95 % of the curves through resamples of networks and patients lie, at a number of positive training patients.</summary>
public sealed record CurveBand(double Positives, double Low, double High);

/// <summary>
/// How many of the baseline's training patients a variant's are worth: the number at which the baseline's curve reaches what the variant's reaches
/// with <see cref="Positives"/>. Curves are extrapolated down to half the fewest patients of the training and up to twice the most; a number beyond
/// is given as that bound.
/// </summary>
/// <param name="Positives">Of the variant.</param>
/// <param name="Equivalent">Of the baseline, from the curves of all networks and patients.</param>
/// <param name="Low">2.5 % of the resamples of networks and patients.</param>
/// <param name="High">97.5 % of them.</param>
public sealed record Efficiency(double Positives, double Equivalent, double? Low, double? High);

/// <summary>A variant's score over the number of positive training patients, as an inverse power law.</summary>
public sealed record LearningCurve
{
    /// <summary>A score is not extrapolated beyond so many times the most training patients, nor below the fewest over it.</summary>
    public const double Reach = 2;

    private const int Resamples = 500;
    private const int BandSteps = 32;

    public required string Variant { get; init; }

    public required ScoredOn Cohort { get; init; }

    public required MetricDefinition Metric { get; init; }

    /// <summary>Replicates (fold and seed) that have every level under every variant.</summary>
    public required int Replicates { get; init; }

    public required IReadOnlyList<CurvePoint> Points { get; init; }

    public required PowerLaw Fit { get; init; }

    /// <summary>
    /// How sure the curve is: at every size of <see cref="Points"/>, then along it from the fewest patients to <see cref="Highest"/>. Empty with
    /// one seed, where networks cannot be resampled.
    /// </summary>
    public IReadOnlyList<CurveBand> Band { get; init; } = [];

    /// <summary>Share of the variance of the points that the curve explains; null where it has as many parameters as there are points.</summary>
    public double? RSquared { get; init; }

    /// <summary>One per level; null for the baseline, and where the baseline's curve does not rise.</summary>
    public IReadOnlyList<Efficiency>? Efficiencies { get; init; }

    /// <summary>The least number that is not beyond <see cref="Reach"/>.</summary>
    public double Lowest => Points.Min(p => p.Positives) / Reach;

    public double Highest => Points.Max(p => p.Positives) * Reach;

    /// <summary>One per cohort and variant of tumour DSC; none before a replicate has every level, or with fewer sizes than a curve needs.</summary>
    internal static IReadOnlyList<LearningCurve> Of(SweepScores scores, IReadOnlyList<LevelView> levels)
    {
        double[] sizes = [.. levels.Select(l => Math.Pow(2, l.Positives.Average(n => Math.Log2(n))))];
        return sizes.Distinct().Count() < PowerLaw.FewestSizes ? [] : [.. scores.Cohorts.SelectMany(cohort => Of(scores, levels, sizes, cohort))];
    }

    private static IEnumerable<LearningCurve> Of(SweepScores scores, IReadOnlyList<LevelView> levels, double[] sizes, ScoredOn cohort)
    {
        int[] variants = [.. scores.AblationVariants];
        IReadOnlyList<IReadOnlyList<Crossed>> values = Shared(scores, levels, cohort, variants);
        if (values.Count == 0)
        {
            yield break;
        }

        double[][] means = [.. values.Select(v => v.Select(level => level.Mean).ToArray())];
        PowerLaw[] fits = [.. means.Select(m => PowerLaw.Fit(sizes, m))];
        int baseline = Array.IndexOf(variants, scores.BaselineIndex);
        PowerLaw[][] resampled = Resampled(scores, sizes, values);
        for (int v = 0; v < variants.Length; v++)
        {
            double squares = fits[v].Squares(sizes, means[v]);
            double spread = means[v].Sum(m => (m - means[v].Average()) * (m - means[v].Average()));
            int own = v;
            yield return new()
            {
                Variant = scores.Spec.Variants[variants[v]].Name,
                Cohort = cohort,
                Metric = Core.Metrics.Metric.Dice,
                Replicates = values[v][0].Replicates,
                Points = [.. sizes.Zip(means[v], (n, m) => new CurvePoint(n, m, fits[own].At(n)))],
                Fit = fits[v],
                Band = BandOf(sizes, [.. resampled.Select(r => r[own])]),
                RSquared = sizes.Distinct().Count() > PowerLaw.FewestSizes && spread > 0 ? 1 - (squares / spread) : null,
                Efficiencies = v == baseline || fits[baseline].Scale == 0
                    ? null
                    : [.. sizes.Select(n => Worth(n, sizes, fits[own], fits[baseline], [.. resampled.Select(r => (r[own], r[baseline]))]))],
            };
        }
    }

    private static IReadOnlyList<CurveBand> BandOf(double[] sizes, PowerLaw[] resampled)
    {
        double octaves = Math.Log2(sizes.Max() * Reach / sizes.Min());
        double[] along = [.. Enumerable.Range(0, BandSteps + 1).Select(i => sizes.Min() * Math.Pow(2, i * octaves / BandSteps))];
        return resampled.Length == 0 ? [] :
        [
            .. sizes.Concat(along).Select(n =>
            {
                double[] found = [.. resampled.Select(curve => curve.At(n))];
                return new CurveBand(n, Descriptive.Quantile(found, 0.025), Descriptive.Quantile(found, 0.975));
            }),
        ];
    }

    private static Efficiency Worth(
        double size, double[] sizes, PowerLaw variant, PowerLaw baseline, IReadOnlyList<(PowerLaw Variant, PowerLaw Baseline)> resampled)
    {
        double Bounded(PowerLaw own, PowerLaw other) => Math.Clamp(other.SizeFor(own.At(size)), sizes.Min() / Reach, sizes.Max() * Reach);
        double[] found = [.. resampled.Select(r => Bounded(r.Variant, r.Baseline))];
        return new(
            size,
            Bounded(variant, baseline),
            found.Length == 0 ? null : Descriptive.Quantile(found, 0.025),
            found.Length == 0 ? null : Descriptive.Quantile(found, 0.975));
    }

    /// <summary>The curves of every resample: networks and patients are drawn once for all levels and variants of it.</summary>
    private static PowerLaw[][] Resampled(SweepScores scores, double[] sizes, IReadOnlyList<IReadOnlyList<Crossed>> values)
    {
        Crossed[] all = [.. values.SelectMany(v => v)];
        return scores.ReportedSeeds.Count < 2 || all[0].Replicates < 2 || all[0].Units < 2
            ? []
            :
            [
                .. TwoWayBootstrap.Together(all, scores.Spec.SplitSeed, Resamples)
                    .Select(drawn => drawn.Chunk(sizes.Length).Select(means => PowerLaw.Fit(sizes, means)).ToArray()),
            ];
    }

    /// <summary>Per variant and level the values of the replicates and patients that all of them have; empty when there are none.</summary>
    private static IReadOnlyList<IReadOnlyList<Crossed>> Shared(
        SweepScores scores, IReadOnlyList<LevelView> levels, ScoredOn cohort, int[] variants)
    {
        RunSet[][] sets = [.. variants.Select(v => levels.Select(l => scores.Runs(v, scores.AblationFolds, l.Index)).ToArray())];
        (int Fold, int Seed)[] rows = [.. sets.SelectMany(s => s).Select(s => s.CompletedReplicates).Aggregate((a, b) => a.Intersect(b)).Order()];
        Dictionary<string, double>[][][] found =
        [
            .. sets.Select(ofVariant => ofVariant.Select(level => rows.Select(row =>
                level.Only(row).PatientValues(cohort, Core.Metrics.Metric.Dice).ToDictionary(p => p.Patient, p => p.Value)).ToArray()).ToArray()),
        ];
        string[][] patients =
        [
            .. rows.Select((_, r) =>
                found.SelectMany(v => v).Select(level => level[r].Keys.AsEnumerable()).Aggregate((a, b) => a.Intersect(b)).ToArray()),
        ];
        int[] kept = [.. Enumerable.Range(0, rows.Length).Where(r => patients[r].Length > 0)];
        string[] columns = [.. kept.SelectMany(r => patients[r]).Distinct().Order(StringComparer.Ordinal)];
        return kept.Length == 0 ? [] :
        [
            .. found.Select(ofVariant => (IReadOnlyList<Crossed>)
            [
                .. ofVariant.Select(level => new Crossed(
                    [.. kept.Select(r => columns.Select(c => patients[r].Contains(c) ? level[r][c] : (double?)null).ToArray())])),
            ]),
        ];
    }
}

using System.Text.Json.Serialization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>The sweep that one side of a comparison is of.</summary>
public sealed record ComparedSweep(string Sweep, Numerics Numerics, int TrainerRevision);

/// <summary>One side's variant, the settings chosen for it if it was tuned, and its cross-validation runs: completed, of those planned.</summary>
public sealed record ComparedRuns(string Variant, string? Settings, int Completed, int Planned);

/// <summary>One metric on one cohort: both sides' means over the paired patients, and the first against the second.</summary>
public sealed record ComparedMetric(double? First, double? Second, Comparison Comparison)
{
    /// <summary>The difference over networks and patients; null where the sides share no two seeds.</summary>
    public TwoWayResult? Networks { get; init; }

    /// <summary>The differences of the seeds that have every shared split; null where there are none.</summary>
    public MeanTest? Seeds { get; init; }

    /// <summary>The seeds' p-value after Holm's correction over the variants of one metric and cohort.</summary>
    public double? SeedHolmPValue { get; init; }

    /// <summary>From the seeds alone: the first side against the second.</summary>
    [JsonIgnore]
    public Verdict Verdict => Verdicts.Of(Seeds?.Mean ?? 0, SeedHolmPValue, Comparison.Metric);
}

/// <summary>A variant of one sweep against a variant of another.</summary>
/// <param name="First">The first side.</param>
/// <param name="Second">The second side.</param>
/// <param name="SharedReplicates">Replicates (split and seed) that both have completed; with 0, each side's own stand for it.</param>
/// <param name="Metrics">One per cohort and metric.</param>
public sealed record VariantComparison(ComparedRuns First, ComparedRuns Second, int SharedReplicates, IReadOnlyList<ComparedMetric> Metrics)
{
    /// <summary>For people: both names, once if they are equal.</summary>
    [JsonIgnore]
    public string Name => NameOf(First.Variant, Second.Variant);

    internal static string NameOf(string first, string second) => first == second ? first : $"{first} / {second}";
}

/// <summary>
/// Variants of two sweeps beside each other, their cross-validations paired by patient, differences first minus second. Each metric on
/// each cohort is one family of tests over the variants. Sensitivities at equal FPR are read off at the second side's rate.
/// </summary>
public sealed record SweepComparison
{
    public required ComparedSweep First { get; init; }

    public required ComparedSweep Second { get; init; }

    public required IReadOnlyList<VariantComparison> Variants { get; init; }

    /// <summary>
    /// What a reader must know: unfinished parts, and what else than the variants tells the sides apart (numerics, trainer, patients,
    /// seeds, chosen settings).
    /// </summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <param name="first">Scores of the first sweep.</param>
    /// <param name="second">Scores of the second sweep, which may be the same.</param>
    /// <param name="pairs">Names of the variants to compare; null for every name that both have.</param>
    /// <param name="mixedNumerics">Compare although the numerics differ.</param>
    /// <exception cref="SpecException">The numerics differ unasked, no cohort is in both, a variant is not there, or both sides are one.</exception>
    public static SweepComparison Of(SweepScores first, SweepScores second, (string First, string Second)? pairs, bool mixedNumerics)
    {
        RefuseMixedNumerics(first.Plan, second.Plan, mixedNumerics);
        ScoredOn[] cohorts = CommonCohorts(first.Plan, second.Plan);
        Sides[] sides = [.. VariantPairs(first, second, pairs).Select(p => new Sides(first, second, p.First, p.Second))];
        MetricDefinition[] shown = [.. Metric.All.Where(m => first.Metrics.Contains(m) || second.Metrics.Contains(m))];
        ComparedMetric[] comparisons = [.. from side in sides from cohort in cohorts from metric in shown select side.Compare(cohort, metric)];
        IReadOnlyList<Comparison> corrected = Comparison.Corrected([.. comparisons.Select(c => c.Comparison)]);
        ComparedMetric[] metrics = [.. comparisons.Zip(corrected, (c, comparison) => c with { Comparison = comparison })];
        foreach (HolmFamily family in HolmFamily.Of(metrics, m => (m.Comparison.Cohort, m.Comparison.Metric), m => m.Seeds?.PValue).ToArray())
        {
            foreach ((int index, double? p) in family.Members)
            {
                metrics[index] = metrics[index] with { SeedHolmPValue = p };
            }
        }

        VariantComparison[] variants = [.. sides.Zip(metrics.Chunk(cohorts.Length * shown.Length), (side, own) => side.With(own))];
        return new()
        {
            First = Of(first.Plan),
            Second = Of(second.Plan),
            Variants = variants,
            Notes = [.. ComparisonNotes.Of(first, second, variants)],
        };
    }

    private static ComparedSweep Of(Plan plan) => new(plan.Sweep, plan.Numerics, plan.TrainerRevision);

    /// <summary>
    /// Another instruction set or precision moves every bit, and a difference of scores would be the machine's as much as the variant's.
    /// </summary>
    private static void RefuseMixedNumerics(Plan first, Plan second, bool mixedNumerics)
    {
        if (first.Numerics != second.Numerics && !mixedNumerics)
        {
            throw new SpecException(
                $"{first.Sweep} was trained with {first.Numerics}, {second.Sweep} with {second.Numerics}: a difference may come from the arithmetic. "
                + "Submit one of them again with the other's 'numerics', or ask for the mixed comparison with --mixed-numerics "
                + "(mixedNumerics=true).");
        }
    }

    private static ScoredOn[] CommonCohorts(Plan first, Plan second)
    {
        List<ScoredOn> common = [];
        if (first.CohortDigest == second.CohortDigest)
        {
            common.Add(ScoredOn.HeldOut);
        }

        if (first.EvaluationCohortDigest is { } evaluation && evaluation == second.EvaluationCohortDigest)
        {
            common.Add(ScoredOn.Evaluation);
        }

        return common.Count > 0
            ? [.. common]
            : throw new SpecException(
                $"{first.Sweep} and {second.Sweep} scored different patients (cohorts {first.CohortDigest[..12]} and {second.CohortDigest[..12]}, "
                    + "no evaluation cohort in common), "
                + "so nothing can be paired; submit them on the same cohort, or with the same evaluationCohort.");
    }

    private static IEnumerable<(int First, int Second)> VariantPairs(SweepScores first, SweepScores second, (string First, string Second)? names)
    {
        if (first.Plan.Sweep == second.Plan.Sweep && (names is null || names.Value.First == names.Value.Second))
        {
            throw new SpecException($"Both sides are {first.Plan.Sweep}{(names is { } same ? $"/{same.First}" : "")}; name another variant on "
                + $"each side, such as {string.Join(" ", Names(first).TakeLast(2).Select(name => $"{first.Plan.Sweep}/{name}"))}.");
        }

        if (names is { } asked)
        {
            return [(IndexOf(first, asked.First), IndexOf(second, asked.Second))];
        }

        string[] common = [.. Names(first).Intersect(Names(second))];
        return common.Length > 0
            ? common.Select(name => (first.VariantIndex(name), second.VariantIndex(name)))
            : throw new SpecException(
                $"{first.Plan.Sweep} has the variants {string.Join(", ", Names(first))}, {second.Plan.Sweep} has {string.Join(", ", Names(second))}: "
                + "no name is in both; name one on each side, as SWEEP/VARIANT.");
    }

    private static int IndexOf(SweepScores scores, string name) => Names(scores).Contains(name)
        ? scores.VariantIndex(name)
        : throw new SpecException($"{scores.Plan.Sweep} has no variant '{name}'; it has {string.Join(", ", Names(scores))}.");

    private static IEnumerable<string> Names(SweepScores scores) => scores.Spec.Variants.Select(v => v.Name);

    /// <summary>Two variants whose replicates are numbered alike, by split and seed, whatever their place in either plan.</summary>
    private sealed class Sides
    {
        private readonly SweepScores _firstScores;
        private readonly SweepScores _secondScores;
        private readonly int _firstVariant;
        private readonly int _secondVariant;
        private readonly RunSet _first;
        private readonly RunSet _second;

        public Sides(SweepScores first, SweepScores second, int firstVariant, int secondVariant)
        {
            (_firstScores, _secondScores, _firstVariant, _secondVariant) = (first, second, firstVariant, secondVariant);
            (string, string)[] splits = [.. Splits(first.Plan).Union(Splits(second.Plan))];
            ulong[] seeds = [.. first.Spec.Seeds.Union(second.Spec.Seeds)];
            PlannedRun[] Of(SweepScores scores, int variant) =>
            [
                .. scores.Plan.Runs.Where(r => r.Variant == variant && r.Level is null && scores.IsReported(r)).Select(r => r with
                {
                    Fold = Array.IndexOf(splits, (scores.Plan.CohortDigest, scores.Plan.Folds[r.Fold].SplitDigest)),
                    Seed = Array.IndexOf(seeds, scores.Spec.Seeds[r.Seed]),
                }),
            ];
            var all = new RunSet(Of(second, secondVariant), second.Completed, _ => null);
            Dictionary<ScoredOn, double?> rates = new()
            {
                [ScoredOn.HeldOut] = all.FalsePositiveRate(ScoredOn.HeldOut),
                [ScoredOn.Evaluation] = all.FalsePositiveRate(ScoredOn.Evaluation),
            };
            _first = new RunSet(Of(first, firstVariant), first.Completed, scored => rates[scored]);
            _second = new RunSet(Of(second, secondVariant), second.Completed, scored => rates[scored]);
        }

        /// <summary>Cohorts too: a patient imported again may have other images under the same id.</summary>
        private static IEnumerable<(string Cohort, string Split)> Splits(Plan plan) => plan.Folds.Select(f => (plan.CohortDigest, f.SplitDigest));

        public ComparedMetric Compare(ScoredOn cohort, MetricDefinition metric)
        {
            Pairs pairs = _first.Shared(_second) > 0
                ? RunSet.Pair(_first, _second, cohort, metric)
                : Pairs.Of(_first.PatientValues(cohort, metric), _second.PatientValues(cohort, metric));
            string name = VariantComparison.NameOf(_firstScores.Spec.Variants[_firstVariant].Name, _secondScores.Spec.Variants[_secondVariant].Name);
            ComparedMetric compared = new(
                pairs.Count == 0 ? null : Descriptive.Mean(pairs.Variant),
                pairs.Count == 0 ? null : Descriptive.Mean(pairs.Baseline),
                Comparison.Of(name, cohort, metric, pairs));
            return RunSet.Differences(_first, _second, cohort, metric) is { } shared && shared.Rows.DistinctBy(r => r.Seed).Count() > 1
                ? compared with
                {
                    Networks = TwoWayBootstrap.Run(shared.Values, _firstScores.Spec.SplitSeed),
                    Seeds = shared.TestOfSeeds(shared.Rows.DistinctBy(r => r.Fold).Count()),
                }
                : compared;
        }

        public VariantComparison With(IReadOnlyList<ComparedMetric> metrics) =>
            new(Runs(_firstScores, _firstVariant, _first), Runs(_secondScores, _secondVariant, _second), _first.Shared(_second), metrics);

        private static ComparedRuns Runs(SweepScores scores, int variant, RunSet runs) =>
            new(scores.Spec.Variants[variant].Name, scores.ChosenSettings(variant), runs.Completed, runs.Planned);
    }
}

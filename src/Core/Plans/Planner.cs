using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>Expands a sweep into its plan: a pure function, the same in <c>advseg plan</c> and in the cluster.</summary>
public static class Planner
{
    /// <exception cref="SpecException">The spec is impossible, or does not fit the cohort; every message names the value and the remedy.</exception>
    public static Plan Plan(SweepSpec spec, PlanInputs inputs)
    {
        SpecRules.Check(spec);
        CohortRules.Check(spec, inputs);
        var plan = new Plan
        {
            Sweep = spec.Id().Value,
            Spec = spec,
            CohortDigest = inputs.Cohort.ComputeDigest(),
            EvaluationCohortDigest = inputs.EvaluationCohort?.ComputeDigest(),
            Numerics = spec.Numerics ?? inputs.Numerics,
            Trainer = inputs.Trainer,
            TrainerRevision = inputs.TrainerRevision,
            Folds = PlanFolds(spec, inputs.Cohort),
            Runs = [],
            CrossValidationRuns = CrossValidationRuns(spec),
        };
        PlannedRun[] runs = [.. Cells(plan).AsParallel().AsOrdered().Select(cell => cell with { Run = plan.RunSpecOf(cell).Id().Value })];
        plan = plan with { Runs = runs };
        plan.RefuseEqualRuns();
        return plan;
    }

    /// <summary>Every cell in plan order, without its run id: cross-validation by seed, fold, variant; then fold by fold the ablation by
    /// seed, level, variant. What waits for the choice of a candidate comes last in either part, candidate by candidate.</summary>
    internal static IEnumerable<PlannedRun> Cells(Plan plan)
    {
        SweepSpec spec = plan.Spec;
        int[] variants = [.. Enumerable.Range(0, spec.Variants.Count)];
        int[] seeds = [.. Enumerable.Range(0, spec.Seeds.Count)];
        IEnumerable<PlannedRun> unconditional =
            from seed in seeds
            from fold in Enumerable.Range(0, spec.Folds)
            from variant in variants
            from candidate in spec.Variants[variant].Candidates()
            where candidate is null || spec.Tunes(seed)
            select new PlannedRun("", variant, fold, null, seed, candidate);
        IEnumerable<PlannedRun> afterTuning =
            from variant in Tuned(spec, variants)
            from candidate in spec.Variants[variant].Candidates()
            from seed in seeds
            where !spec.Tunes(seed)
            from fold in Enumerable.Range(0, spec.Folds)
            select new PlannedRun("", variant, fold, null, seed, candidate);
        return unconditional.Concat(afterTuning).Concat(Enumerable.Range(0, spec.Folds).SelectMany(fold => AblationCells(spec, fold)));
    }

    private static IEnumerable<PlannedRun> AblationCells(SweepSpec spec, int fold)
    {
        int[] variants = AblationVariants(spec);
        int[] seeds = [.. Enumerable.Range(0, spec.Seeds.Count)];
        int[] levels = [.. Enumerable.Range(0, spec.Ablation?.Levels.Count ?? 0)];
        IEnumerable<PlannedRun> untuned =
            from seed in seeds
            from level in levels
            from variant in variants.Except(Tuned(spec, variants))
            select new PlannedRun("", variant, fold, level, seed);
        IEnumerable<PlannedRun> tuned =
            from variant in Tuned(spec, variants)
            from candidate in spec.Variants[variant].Candidates()
            from seed in seeds
            from level in levels
            select new PlannedRun("", variant, fold, level, seed, candidate);
        return untuned.Concat(tuned);
    }

    private static IEnumerable<int> Tuned(SweepSpec spec, int[] variants) => variants.Where(v => spec.Variants[v].Tune is not null);

    /// <summary>Over every candidate.</summary>
    internal static int CrossValidationRuns(SweepSpec spec) => spec.Seeds.Count * spec.Folds * spec.Variants.Sum(v => v.Candidates().Count());

    /// <summary>Indices of the variants that the ablation trains, in the order of the spec's variants.</summary>
    internal static int[] AblationVariants(SweepSpec spec) =>
        [.. Enumerable.Range(0, spec.Variants.Count).Where(v => spec.Ablation?.Variants.Contains(spec.Variants[v].Name) == true)];

    internal static int AblationRunsPerFold(SweepSpec spec) =>
        spec.Seeds.Count * (spec.Ablation?.Levels.Count ?? 0) * AblationVariants(spec).Sum(v => spec.Variants[v].Candidates().Count());

    private static FoldPlan[] PlanFolds(SweepSpec spec, CohortManifest cohort)
    {
        Dictionary<string, CohortPatient> patients = cohort.Patients.ToDictionary(p => p.Id, StringComparer.Ordinal);
        IReadOnlyList<Split> splits = spec.Splits is { } given
            ? GivenSplits.Of(cohort, given)
            : Splits.Of(cohort, spec.Folds, spec.SplitSeed);
        return [.. splits.Select((split, fold) => PlanFold(spec, cohort, patients, split, fold))];
    }

    private static FoldPlan PlanFold(SweepSpec spec, CohortManifest cohort, Dictionary<string, CohortPatient> patients, Split split, int fold)
    {
        Splits.Check(split, cohort);
        CohortPatient[] train = [.. split.TrainPositive.Select(p => patients[p])];
        int count = AblationRunsPerFold(spec);
        return new FoldPlan
        {
            Index = fold,
            TrainPositive = split.TrainPositive,
            TrainNegative = split.TrainNegative,
            Select = split.Select,
            Test = split.Test,
            SplitDigest = split.ComputeDigest(),
            SubsetOrders = [.. spec.Seeds.Select(seed => Subsets.Order(train, spec.SplitSeed, fold, seed))],
            LevelPositives = spec.Ablation is null ? [] : Subsets.Counts(spec.Ablation.Levels, train.Length),
            AblationStart = CrossValidationRuns(spec) + (fold * count),
            AblationCount = count,
        };
    }
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>What a plan says, recomputed from the plan alone.</summary>
public static class PlanExtensions
{
    /// <summary>The run spec of <c>plan.Runs[index]</c>; its digest is the run's id.</summary>
    public static RunSpec RunSpecOf(this Plan plan, int index) =>
        index >= 0 && index < plan.Runs.Count
            ? plan.RunSpecOf(plan.Runs[index])
            : throw new SpecException($"Plan {plan.Sweep} has no run {index}; its runs are 0 to {plan.Runs.Count - 1}.");

    /// <summary>The indices of a fold's ablation runs in <see cref="Plan.Runs"/>.</summary>
    public static Range AblationRange(this Plan plan, int fold) =>
        fold >= 0 && fold < plan.Folds.Count
            ? plan.Folds[fold].AblationStart..(plan.Folds[fold].AblationStart + plan.Folds[fold].AblationCount)
            : throw new SpecException($"Plan {plan.Sweep} has no fold {fold}; its folds are 0 to {plan.Folds.Count - 1}.");

    /// <summary>Checks a plan that was read: every cell is there once and in order, every run id is the digest of its run spec, the ranges
    /// are unbroken, and every positive patient tests exactly once.</summary>
    /// <exception cref="SpecException">The plan is incomplete or was altered.</exception>
    public static void CheckComplete(this Plan plan)
    {
        SpecRules.Check(plan.Spec);
        Expect(plan.Sweep == plan.Spec.Id().Value, $"its sweep id is not {plan.Spec.Id()}");
        Expect(plan.Folds.Count == plan.Spec.Folds, $"{plan.Folds.Count} of {plan.Spec.Folds} folds are there");
        Expect(
            plan.CrossValidationRuns == Planner.CrossValidationRuns(plan.Spec),
            $"{plan.CrossValidationRuns} cross-validation runs are not seeds x folds x variants with their candidates");
        CheckFolds(plan);
        int index = 0;
        foreach (PlannedRun cell in Planner.Cells(plan))
        {
            Expect(index < plan.Runs.Count, $"run {index} is missing");
            Expect(plan.Runs[index] with { Run = "" } == cell, $"run {index} is another cell of the plan");
            Expect(plan.Runs[index].Run == plan.RunSpecOf(cell).Id().Value, $"the id of run {index} is not the digest of its run spec");
            index++;
        }

        Expect(index == plan.Runs.Count, $"{plan.Runs.Count} runs are listed instead of {index}");
        plan.RefuseEqualRuns();

        void Expect(bool holds, string problem)
        {
            if (!holds)
            {
                throw new SpecException($"Plan {plan.Sweep} is damaged: {problem}. Plan the sweep again.");
            }
        }
    }

    internal static RunSpec RunSpecOf(this Plan plan, PlannedRun cell)
    {
        FoldPlan fold = plan.Folds[cell.Fold];
        VariantSpec variant = plan.VariantOf(cell);
        return new RunSpec
        {
            CohortDigest = plan.CohortDigest,
            TrainPositive = cell.Level is { } level
                ? [.. fold.SubsetOrders[cell.Seed].Take(fold.LevelPositives[level]).Order(StringComparer.Ordinal)]
                : fold.TrainPositive,
            TrainNegative = fold.TrainNegative,
            Select = fold.Select,
            Test = fold.Test,
            EvaluationCohortDigest = plan.EvaluationCohortDigest,
            Scheme = variant.Scheme,
            Protocol = variant.Protocol,
            Segmentor = variant.Segmentor,
            Seed = plan.Spec.Seeds[cell.Seed],
            Trainer = plan.Trainer,
            TrainerRevision = plan.TrainerRevision,
            Numerics = plan.Numerics,
        };
    }

    /// <summary>Two cells with one run id would be counted as two observations of one training.</summary>
    internal static void RefuseEqualRuns(this Plan plan)
    {
        Dictionary<string, int> seen = new(plan.Runs.Count, StringComparer.Ordinal);
        for (int i = 0; i < plan.Runs.Count; i++)
        {
            if (!seen.TryAdd(plan.Runs[i].Run, i))
            {
                throw new SpecException(
                    $"Two cells of the sweep are the same training: {Describe(plan, seen[plan.Runs[i].Run])}, and {Describe(plan, i)}. Make them "
                        + "differ or drop one.");
            }
        }
    }

    private static string Describe(Plan plan, int index)
    {
        PlannedRun run = plan.Runs[index];
        string level = run.Level is { } l ? $"level {plan.Spec.Ablation!.Levels[l]}" : "level all";
        string candidate = run.Candidate is { } c ? $" ({plan.Spec.Variants[run.Variant].Settings(c)})" : "";
        return $"variant '{plan.Spec.Variants[run.Variant].Name}'{candidate} on fold {run.Fold} at {level} with seed {plan.Spec.Seeds[run.Seed]}";
    }

    private static void CheckFolds(Plan plan)
    {
        int count = Planner.AblationRunsPerFold(plan.Spec);
        HashSet<string> tested = new(StringComparer.Ordinal);
        foreach ((int index, FoldPlan fold) in plan.Folds.Index())
        {
            string[] all = [.. fold.TrainPositive, .. fold.TrainNegative, .. fold.Select, .. fold.Test];
            bool sound = fold.Index == index
                && all.Distinct(StringComparer.Ordinal).Count() == all.Length
                && fold.SplitDigest == SplitOf(fold).ComputeDigest()
                && fold.AblationStart == plan.CrossValidationRuns + (index * count)
                && fold.AblationCount == count
                && fold.SubsetOrders.Count == plan.Spec.Seeds.Count
                && fold.SubsetOrders.All(order => order.Order(StringComparer.Ordinal).SequenceEqual(fold.TrainPositive))
                && fold.LevelPositives.SequenceEqual(Subsets.Counts(plan.Spec.Ablation?.Levels ?? [], fold.TrainPositive.Count))
                && fold.Test.All(tested.Add);
            if (!sound)
            {
                throw new SpecException($"Plan {plan.Sweep} is damaged: fold {index} does not follow from its own lists. Plan the sweep again.");
            }
        }

        if (!tested.SetEquals(plan.Folds[0].TrainPositive.Concat(plan.Folds[0].Select).Concat(plan.Folds[0].Test)))
        {
            throw new SpecException($"Plan {plan.Sweep} is damaged: not every positive patient tests once. Plan the sweep again.");
        }
    }

    private static Split SplitOf(FoldPlan fold) =>
        new() { TrainPositive = fold.TrainPositive, TrainNegative = fold.TrainNegative, Select = fold.Select, Test = fold.Test };
}

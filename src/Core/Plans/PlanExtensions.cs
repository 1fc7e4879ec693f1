using AdvSeg.Core.Errors;
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
}

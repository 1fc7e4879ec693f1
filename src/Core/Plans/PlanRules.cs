using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Plans;

/// <summary>What makes a plan one that can be followed: every number in it points at something.</summary>
public static class PlanRules
{
    /// <summary>What is wrong with a plan that was read; null when nothing is.</summary>
    public static string? ProblemOf(Plan plan, SweepId sweep)
    {
        int variants = plan.Spec.Variants.Count;
        int levels = plan.Spec.Ablation?.Levels.Count ?? 0;
        int seeds = plan.Spec.Seeds.Count;
        return plan.Sweep != sweep.Value ? $"is the plan of sweep {plan.Sweep}"
            : plan.CrossValidationRuns < 0 || plan.CrossValidationRuns > plan.Runs.Count
                ? $"has {plan.Runs.Count} runs and says that {plan.CrossValidationRuns} are of the cross-validation"
            : plan.Folds.Index().FirstOrDefault(f => !IsWholeFold(f.Item, f.Index, levels, seeds, plan.Runs.Count)) is { Item: not null } fold
                ? $"has numbers in fold {fold.Index} that point at nothing"
            : plan.Runs.Index().FirstOrDefault(r => !IsWhole(r.Item)) is { Item: not null } run
                ? $"has numbers in run {run.Index} that point at nothing"
            : plan.Runs.Select(r => r.Run).Distinct(StringComparer.Ordinal).Count() != plan.Runs.Count ? "names a run twice"
            : null;

        bool IsWhole(PlannedRun run) =>
            Digest.IsSha256(run.Run) && Has(run.Variant, variants) && Has(run.Fold, plan.Folds.Count) && Has(run.Seed, seeds)
                && (run.Level is not { } level || Has(level, levels))
                && run.Candidate is null == plan.Spec.Variants[run.Variant].Tune is null
                && (run.Candidate is not { } candidate || Has(candidate, plan.Spec.Variants[run.Variant].Tune!.Candidates.Count));
    }

    private static bool IsWholeFold(FoldPlan fold, int index, int levels, int seeds, int runs) =>
        fold.Index == index && fold.LevelPositives.Count == levels && fold.SubsetOrders.Count == seeds
            && fold.AblationStart >= 0 && fold.AblationCount >= 0 && (long)fold.AblationStart + fold.AblationCount <= runs
            && fold.LevelPositives.All(kept => kept >= 0 && kept <= fold.TrainPositive.Count)
            && fold.SubsetOrders.All(order => order.Count == fold.TrainPositive.Count);

    private static bool Has(int index, int count) => index >= 0 && index < count;
}

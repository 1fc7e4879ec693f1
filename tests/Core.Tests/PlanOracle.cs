using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Tests;

/// <summary>What holds of every plan, checked from its lists alone.</summary>
internal static class PlanOracle
{
    /// <summary>The indices of a fold's ablation runs.</summary>
    public static Range AblationRange(this Plan plan, int fold) =>
        plan.Folds[fold].AblationStart..(plan.Folds[fold].AblationStart + plan.Folds[fold].AblationCount);

    /// <summary>
    /// Every cell is there once, every run id is the digest of its run spec, the ranges of the folds' ablation follow each other, subsets keep
    /// as many patients as their level says, and every positive patient tests exactly once.
    /// </summary>
    public static void CheckComplete(this Plan plan)
    {
        Assert.Equal(plan.Spec.Id().Value, plan.Sweep);
        Assert.Equal(plan.Spec.Folds, plan.Folds.Count);
        Assert.Equal(plan.Runs.Count, plan.Runs.DistinctBy(r => r.Run).Count());
        Assert.Equal(
            plan.Runs.Count, plan.Runs.DistinctBy(r => (r.Seed, r.Fold, r.Variant, r.Candidate, r.Level)).Count());
        Assert.All(plan.Runs.Index(), run => Assert.Equal(plan.RunSpecOf(run.Index).Id().Value, run.Item.Run));
        Assert.Equal(
            plan.Spec.Seeds.Count * plan.Spec.Folds * plan.Spec.Variants.Sum(v => v.Candidates().Count()), plan.CrossValidationRuns);
        Assert.All(plan.Runs.Index(), run => Assert.Equal(run.Index < plan.CrossValidationRuns, run.Item.Level is null));
        int next = plan.CrossValidationRuns;
        foreach ((int index, FoldPlan fold) in plan.Folds.Index())
        {
            CheckFold(plan, fold, index);
            Assert.Equal(next..(next + fold.AblationCount), plan.AblationRange(index));
            Assert.All(plan.Runs.Take(plan.AblationRange(index)), run => Assert.Equal(index, run.Fold));
            next += fold.AblationCount;
        }

        Assert.Equal(next, plan.Runs.Count);
        string[] positive = [.. plan.Folds[0].TrainPositive, .. plan.Folds[0].Select, .. plan.Folds[0].Test];
        Assert.Equal(positive.Order(StringComparer.Ordinal), plan.Folds.SelectMany(f => f.Test).Order(StringComparer.Ordinal));
    }

    private static void CheckFold(Plan plan, FoldPlan fold, int index)
    {
        string[] all = [.. fold.TrainPositive, .. fold.TrainNegative, .. fold.Select, .. fold.Test];
        var split = new Split { TrainPositive = fold.TrainPositive, TrainNegative = fold.TrainNegative, Select = fold.Select, Test = fold.Test };
        Assert.Equal(index, fold.Index);
        Assert.Equal(all.Length, all.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(split.ComputeDigest(), fold.SplitDigest);
        Assert.Equal(plan.Spec.Seeds.Count, fold.SubsetOrders.Count);
        Assert.All(fold.SubsetOrders, order => Assert.Equal(fold.TrainPositive, order.Order(StringComparer.Ordinal)));
        Assert.Equal(plan.Spec.Ablation?.Levels.Count ?? 0, fold.LevelPositives.Count);
        Assert.All(fold.LevelPositives, kept => Assert.InRange(kept, 1, fold.TrainPositive.Count));
    }
}

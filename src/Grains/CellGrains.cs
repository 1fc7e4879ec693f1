using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains;

/// <summary>A fold, seen: its split from the plan, its scores from the sweep.</summary>
[GrainType("fold")]
public sealed class FoldGrain(PlanCatalog plans) : Grain, IFoldGrain
{
    public async Task<CellView?> GetView()
    {
        string[] key = this.GetPrimaryKeyString().Split('/');
        return key is [var sweep, var fold] && int.TryParse(fold, out int index)
            ? await CellViews.OfAsync(plans, GrainFactory, sweep, index, level: null)
            : null;
    }
}

/// <summary>A reduction level on a fold, seen.</summary>
[GrainType("point")]
public sealed class AblationPointGrain(PlanCatalog plans) : Grain, IAblationPointGrain
{
    public async Task<CellView?> GetView()
    {
        string[] key = this.GetPrimaryKeyString().Split('/');
        return key is [var sweep, var fold, var level] && int.TryParse(fold, out int index) && int.TryParse(level, out int at)
            ? await CellViews.OfAsync(plans, GrainFactory, sweep, index, at)
            : null;
    }
}

internal static class CellViews
{
    public static async Task<CellView?> OfAsync(PlanCatalog plans, IGrainFactory grains, string sweep, int index, int? level)
    {
        Plan plan = await plans.GetAsync(sweep);
        if (index < 0 || index >= plan.Folds.Count || level < 0 || level >= plan.Folds[index].LevelPositives.Count)
        {
            return null;
        }

        FoldPlan fold = plan.Folds[index];
        RunRow[] rows = await grains.GetGrain<ISweepGrain>(sweep).GetCell(index, level);
        return new CellView
        {
            Fold = index,
            Level = level,
            TrainPositives = level is { } at ? fold.LevelPositives[at] : fold.TrainPositive.Count,
            TrainNegatives = fold.TrainNegative.Count,
            SelectPatients = fold.Select.Count,
            TestPatients = fold.Test.Count,
            SplitDigest = fold.SplitDigest,
            Variants = [.. rows.GroupBy(r => r.Variant).Select(OfVariant)],
        };
    }

    private static CellVariant OfVariant(IGrouping<string, RunRow> runs)
    {
        RunRow[] completed = [.. runs.Where(r => r.State == RunState.Completed)];
        return new CellVariant(runs.Key, completed.Length, runs.Count(), completed.Average(r => r.Dice), completed.Average(r => r.Sensitivity));
    }
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Dashboard.Pages;

/// <summary>What the header of a sweep's page shows.</summary>
public sealed record SweepModel(SweepStatus Status, Plan Plan, DateTimeOffset Now, Eta? Remaining)
{
    public SweepSpec Spec => Plan.Spec;

    /// <summary>Tuned variants have no settings yet.</summary>
    public bool IsBeforeTuning => Spec.IsTuned() && Status.Tuning is null;

    private readonly IReadOnlyList<FoldPlan> _chosen = Plan.WithChosen(Status.Tuning).Folds;

    /// <summary>Runs of the ablation: exact once the fold is chosen, before that what one chosen fold (or all) will add.</summary>
    public int AblationRuns => Status.Choice is { } choice
        ? choice.Folds.Sum(f => _chosen[f].AblationCount)
        : Spec.Ablation is { Folds: AblationFolds.All } ? _chosen.Sum(f => f.AblationCount) : _chosen[0].AblationCount;
}

/// <summary>Scores of folds and ablation points, by place.</summary>
public sealed record ScoresModel(SweepModel Sweep, IReadOnlyList<CellView> Cells)
{
    public IReadOnlyList<CellView> Folds { get; } = [.. Cells.Where(c => c.Level is null)];

    public IReadOnlyList<IGrouping<int, CellView>> Ablations { get; } = [.. Cells.Where(c => c.Level is not null).GroupBy(c => c.Fold)];

    /// <summary>Completed runs whose results are in no score.</summary>
    public IReadOnlyList<string> Lost { get; } = [.. Cells.SelectMany(c => c.Lost ?? [])];

    /// <summary>The fold's own runs, which are the ablation's level "all".</summary>
    public CellView All(int fold) => Folds.Single(f => f.Fold == fold);

    public static CellVariant? Of(CellView cell, string variant) => cell.Variants.FirstOrDefault(v => v.Variant == variant);

    /// <summary>Mean over the folds that have a score, weighted by completed runs; null before the first.</summary>
    public static double? Mean(IEnumerable<CellVariant?> cells, Func<CellVariant, double?> score)
    {
        CellVariant[] scored = [.. cells.OfType<CellVariant>().Where(c => c.Completed > 0 && score(c) is not null)];
        return scored.Length == 0 ? null : scored.Sum(c => c.Completed * score(c)!.Value) / scored.Sum(c => c.Completed);
    }

    /// <summary>The best of complete cells is marked only when every variant has one: half a comparison has no winner.</summary>
    public static bool IsBest(CellView cell, CellVariant variant) =>
        cell.Variants.Count > 1
            && cell.Variants.All(v => v.Completed == v.Planned && v.Dice is not null)
            && variant.Dice == cell.Variants.Max(v => v.Dice);
}

/// <summary>One page of runs with the filter that it shows.</summary>
public sealed record RunsModel(string Sweep, RunPage Page, RunState? State, SweepStatus Status)
{
    public string Url(int offset) => $"/sweeps/{Sweep}?{(State is { } state ? $"state={Kebab.Of(state)}&" : "")}offset={offset}#runs";
}

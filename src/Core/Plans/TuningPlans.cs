using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>What tuning means for a plan: which runs tune, and which plan is left once candidates are chosen.</summary>
public static class TuningPlans
{
    /// <summary>A run that a candidate is scored by. It is a cross-validation run of that candidate as well.</summary>
    public static bool IsTuning(this Plan plan, PlannedRun run) => run is { Candidate: not null, Level: null } && plan.Spec.Tunes(run.Seed);

    public static IEnumerable<PlannedRun> TuningRuns(this Plan plan) => plan.Runs.Take(plan.CrossValidationRuns).Where(plan.IsTuning);

    /// <summary>The settings that a run is trained with.</summary>
    public static VariantSpec VariantOf(this Plan plan, PlannedRun run) => plan.Spec.Variants[run.Variant].With(run.Candidate);

    /// <summary>
    /// The plan that would have been made with the chosen settings in the first place, over the same runs: what is compared and reported.
    /// Before the choice, and for a variant without one, the first candidate stands in.
    /// </summary>
    public static Plan WithChosen(this Plan plan, Tuning? tuning) =>
        plan.WithChosen([.. plan.Spec.Variants.Select((v, i) => v.Tune is null ? (int?)null : tuning?.ChosenOf(i) ?? 0)]);

    /// <summary>The same with a candidate for each variant; null for those that are not tuned.</summary>
    internal static Plan WithChosen(this Plan plan, IReadOnlyList<int?> chosen)
    {
        if (!plan.Spec.IsTuned())
        {
            return plan;
        }

        SweepSpec spec = plan.Spec with { TuningSeeds = null, Variants = [.. plan.Spec.Variants.Select((v, i) => v.With(chosen[i]))] };
        int crossValidation = Planner.CrossValidationRuns(spec);
        int count = Planner.AblationRunsPerFold(spec);
        Plan left = plan with
        {
            Spec = spec,
            CrossValidationRuns = crossValidation,
            Folds = [.. plan.Folds.Select(f => f with { AblationStart = crossValidation + (f.Index * count), AblationCount = count })],
        };
        Dictionary<PlannedRun, string> ids = plan.Runs.ToDictionary(r => r with { Run = "" }, r => r.Run);
        return left with { Runs = [.. Planner.Cells(left).Select(cell => cell with { Run = ids[cell with { Candidate = chosen[cell.Variant] }] })] };
    }
}

namespace AdvSeg.Core;

/// <summary>One fold in numbers; slices of the patients with tumour that train, select and test.</summary>
public sealed record FoldSummary
{
    public required int Fold { get; init; }

    public required int TrainPositives { get; init; }

    public required int TrainNegatives { get; init; }

    public required int SelectPatients { get; init; }

    public required int TestPatients { get; init; }

    public required int TrainTumourSlices { get; init; }

    public required int SelectTumourSlices { get; init; }

    public required int TestTumourSlices { get; init; }

    /// <summary>Positive training patients kept at each ablation level.</summary>
    public required IReadOnlyList<int> LevelPositives { get; init; }
}

/// <summary>What <c>advseg plan</c> prints before anything is paid for: counts only; what a step costs is the caller's matter.</summary>
public sealed record PlanSummary
{
    public required string Sweep { get; init; }

    public required int CrossValidationRuns { get; init; }

    /// <summary>Ablation runs that will be trained: one fold's, or all of them.</summary>
    public required int AblationRuns { get; init; }

    /// <summary>Ablation runs that the plan lists, every fold's; those of folds that are not chosen are never trained.</summary>
    public required int ConditionalRuns { get; init; }

    /// <summary>S steps over the runs that will be trained.</summary>
    public required long SegmentorSteps { get; init; }

    /// <summary>D steps over the same runs: k for each S step of a scheme with an adversary.</summary>
    public required long DiscriminatorSteps { get; init; }

    public required IReadOnlyList<FoldSummary> Folds { get; init; }

    /// <exception cref="SpecException">The manifest is not the cohort of the plan.</exception>
    public static PlanSummary Of(Plan plan, CohortManifest cohort)
    {
        if (cohort.ComputeDigest() != plan.CohortDigest)
        {
            throw new SpecException($"The manifest given is {cohort.ComputeDigest()}, but plan {plan.Sweep} is over {plan.CohortDigest}; give that one.");
        }

        // Every fold has equally many ablation runs of each variant, so any fold stands for the chosen one.
        int end = plan.CrossValidationRuns + (plan.Spec.Ablation?.Folds == AblationFolds.All ? plan.Folds.Sum(f => f.AblationCount) : plan.Folds[0].AblationCount);
        VariantSpec[] trained = [.. plan.Runs.Take(end).Select(r => plan.Spec.Variants[r.Variant])];
        return new PlanSummary
        {
            Sweep = plan.Sweep,
            CrossValidationRuns = plan.CrossValidationRuns,
            AblationRuns = end - plan.CrossValidationRuns,
            ConditionalRuns = plan.Runs.Count - plan.CrossValidationRuns,
            SegmentorSteps = trained.Sum(v => (long)v.Protocol.Steps),
            DiscriminatorSteps = trained.Sum(v => (long)v.Protocol.Steps * (v.Scheme.AdversaryOrNull?.StepsPerSegmentorStep ?? 0)),
            Folds = [.. plan.Folds.Select(fold => Summarize(fold, cohort))],
        };
    }

    private static FoldSummary Summarize(FoldPlan fold, CohortManifest cohort)
    {
        Dictionary<string, int> slices = cohort.Patients.ToDictionary(p => p.Id, p => p.TumourSlices, StringComparer.Ordinal);
        return new FoldSummary
        {
            Fold = fold.Index,
            TrainPositives = fold.TrainPositive.Count,
            TrainNegatives = fold.TrainNegative.Count,
            SelectPatients = fold.Select.Count,
            TestPatients = fold.Test.Count,
            TrainTumourSlices = fold.TrainPositive.Sum(p => slices[p]),
            SelectTumourSlices = fold.Select.Sum(p => slices[p]),
            TestTumourSlices = fold.Test.Sum(p => slices[p]),
            LevelPositives = fold.LevelPositives,
        };
    }
}

using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

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

/// <summary>What <c>advseg plan</c> prints before anything is paid for: counts, and the arithmetic that they come to.</summary>
public sealed record PlanSummary
{
    public required string Sweep { get; init; }

    /// <summary>Patients and slices of the cohort.</summary>
    public required int Patients { get; init; }

    public required int Slices { get; init; }

    public required int TumourSlices { get; init; }

    /// <summary>Runs that score the candidates of tuned variants; 0 when nothing is tuned.</summary>
    public required int TuningRuns { get; init; }

    /// <summary>Cross-validation runs of the chosen candidates, those included that tuning has trained already.</summary>
    public required int CrossValidationRuns { get; init; }

    /// <summary>Cross-validation runs that the tuning stage has trained already.</summary>
    public required int SharedRuns { get; init; }

    /// <summary>Ablation runs that will be trained: one fold's, or all of them.</summary>
    public required int AblationRuns { get; init; }

    /// <summary>Ablation runs that the plan lists, every fold's and candidate's; those that are not chosen are never trained.</summary>
    public required int ConditionalRuns { get; init; }

    /// <summary>S steps over the runs that will be trained, as if the candidate with the most steps were chosen of every tuned variant.</summary>
    public required long SegmentorSteps { get; init; }

    /// <summary>D steps over the same runs: k for each S step of a scheme with an adversary.</summary>
    public required long DiscriminatorSteps { get; init; }

    /// <summary>Slices drawn for S steps, each augmented anew: the batch size for each step.</summary>
    public required long SegmentorSlices { get; init; }

    /// <summary>The same for D steps.</summary>
    public required long DiscriminatorSlices { get; init; }

    /// <summary>Slices predicted to select and to score; those of the ablation as if the fold with the most were chosen.</summary>
    public required long PredictedSlices { get; init; }

    /// <summary>Floating-point operations of all of it; see <see cref="TrainingWork"/>.</summary>
    public required double Operations { get; init; }

    public required IReadOnlyList<FoldSummary> Folds { get; init; }

    /// <param name="plan">The plan.</param>
    /// <param name="cohort">Its cohort.</param>
    /// <param name="evaluation">Its evaluation cohort; null when it has none.</param>
    /// <exception cref="SpecException">The manifest is not the cohort of the plan.</exception>
    public static PlanSummary Of(Plan plan, CohortManifest cohort, CohortManifest? evaluation)
    {
        RefuseOther(plan, cohort, plan.CohortDigest);
        RefuseOther(plan, evaluation, plan.EvaluationCohortDigest);

        // Which candidate will be chosen is not known: the longest one stands for it.
        Plan left = plan.WithChosen([.. plan.Spec.Variants.Select(v => v.Candidates().MaxBy(c => v.With(c).Protocol.Steps))]);

        // Every fold has equally many ablation runs of each variant, so any fold stands for the chosen one.
        int end = left.CrossValidationRuns + (
            plan.Spec.Ablation?.Folds == AblationFolds.All ? left.Folds.Sum(f => f.AblationCount) : left.Folds[0].AblationCount);
        HashSet<string> tuning = [.. plan.TuningRuns().Select(r => r.Run)];
        (PlannedRun Run, VariantSpec Variant)[] runs =
        [
            .. plan.TuningRuns().Select(r => (r, plan.VariantOf(r))),
            .. left.Runs.Take(end).Where(r => !tuning.Contains(r.Run)).Select(r => (r, left.VariantOf(r))),
        ];
        VariantSpec[] trained = [.. runs.Select(r => r.Variant)];
        long DiscriminatorSteps(VariantSpec v) => (long)v.Protocol.Steps * (v.Scheme.AdversaryOrNull?.StepsPerSegmentorStep ?? 0);
        long[] perEvaluation = [.. plan.Folds.Select(f => SlicesOf(cohort, f.Select, p => p.TumourSlices))];
        long[] once = [.. plan.Folds.Select(f => SlicesOf(cohort, f.Test, p => p.Slices) + (evaluation?.Patients.Sum(p => (long)p.Slices) ?? 0))];
        bool chosenLater = plan.Spec.Ablation?.Folds == AblationFolds.Best;
        long Predicted((PlannedRun, VariantSpec) trained)
        {
            (PlannedRun run, TrainingProtocol protocol) = (trained.Item1, trained.Item2.Protocol);
            long evaluations = (protocol.Steps + protocol.EvaluateEvery - 1) / protocol.EvaluateEvery;
            long On(int fold) => (evaluations * perEvaluation[fold]) + once[fold];
            return run.Level is not null && chosenLater ? plan.Folds.Max(f => On(f.Index)) : On(run.Fold);
        }

        return new PlanSummary
        {
            Sweep = plan.Sweep,
            Patients = cohort.Patients.Count,
            Slices = cohort.Patients.Sum(p => p.Slices),
            TumourSlices = cohort.Patients.Sum(p => p.TumourSlices),
            TuningRuns = tuning.Count,
            CrossValidationRuns = left.CrossValidationRuns,
            SharedRuns = left.Runs.Take(end).Count(r => tuning.Contains(r.Run)),
            AblationRuns = end - left.CrossValidationRuns,
            ConditionalRuns = plan.Runs.Count - plan.CrossValidationRuns,
            SegmentorSteps = trained.Sum(v => (long)v.Protocol.Steps),
            DiscriminatorSteps = trained.Sum(DiscriminatorSteps),
            SegmentorSlices = trained.Sum(v => (long)v.Protocol.Steps * v.Protocol.BatchSize),
            DiscriminatorSlices = trained.Sum(v => DiscriminatorSteps(v) * v.Protocol.BatchSize),
            PredictedSlices = runs.Sum(Predicted),
            Operations = runs.Sum(r => TrainingWork.Operations(r.Variant, Predicted(r), cohort.Layout)),
            Folds = [.. plan.Folds.Select(fold => Summarize(fold, cohort))],
        };
    }

    private static long SlicesOf(CohortManifest cohort, IReadOnlyList<string> patients, Func<CohortPatient, int> slices) =>
        cohort.Patients.IntersectBy(patients, p => p.Id).Sum(p => (long)slices(p));

    private static void RefuseOther(Plan plan, CohortManifest? given, string? digest)
    {
        if (given?.ComputeDigest() != digest)
        {
            throw new SpecException(
                $"The manifest given is {given?.ComputeDigest() ?? "none"}, but plan {plan.Sweep} is over {digest ?? "none"}; give that one.");
        }
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

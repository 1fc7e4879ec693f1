using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tests;

/// <summary>A small sweep, and plausible scores for it: every patient has a difficulty, every variant and level an effect.</summary>
internal static class SyntheticSweep
{
    private static readonly SegmentorSpec Segmentor = SmallSpecs.Segmentor with { Width = 8, Levels = 4, DecoderActivation = Activation.Relu };

    private static readonly TrainingProtocol Protocol = SmallSpecs.Protocol with { CropSize = 48, Steps = 700, EvaluateEvery = 50 };

    private static readonly IReadOnlyDictionary<string, SchemeSpec> Schemes = SmallSpecs.Schemes(SmallSpecs.Adam, SmallSpecs.Adversary);

    private static readonly CohortManifest EvaluationCohort =
        NamedCohort.Of(Enumerable.Range(0, 40).Select(i => NamedCohort.Patient($"e{i:D3}", 2)), "evaluation");

    /// <summary>Cross-entropy, adversarial and hybrid over a cohort of p000, p001, ... with tumour and one patient without.</summary>
    /// <param name="patients">Patients with tumour.</param>
    /// <param name="folds">At least 3.</param>
    /// <param name="seeds">1, 2, ...</param>
    /// <param name="evaluation">Whether e000 to e039 are the evaluation cohort.</param>
    /// <param name="ablation">Of all three variants at three levels, which few patients do not give.</param>
    /// <param name="cohort">Another cohort of such ids.</param>
    public static Plan Plan(
        int patients = 32, int folds = 4, int seeds = 3, bool evaluation = true, bool ablation = true, CohortManifest? cohort = null)
    {
        cohort ??= NamedCohort.Of(
            Enumerable.Range(0, patients).Select(i => NamedCohort.Patient($"p{i:D3}", 1 + (i % 5))).Prepend(NamedCohort.Patient("n000", 0)));
        string[] names = ["cross-entropy", "adversarial", "hybrid"];
        SweepSpec spec = SmallSpecs.Sweep("synthetic", cohort.ComputeDigest(), [.. names.Select(Variant)]) with
        {
            EvaluationCohort = evaluation ? new StoredCohort(EvaluationCohort.ComputeDigest()) : null,
            Folds = folds,
            SplitSeed = 11,
            Seeds = [.. Enumerable.Range(1, seeds).Select(s => (ulong)s)],
            Ablation = ablation ? new AblationSpec { Levels = [0.5, 0.25, 0.1], Folds = AblationFolds.Best, Variants = names } : null,
        };
        return Planner.Plan(spec, new PlanInputs
        {
            Cohort = cohort,
            EvaluationCohort = evaluation ? EvaluationCohort : null,
            Numerics = Numerics.DefaultCpu,
            Trainer = "synthetic",
            TrainerRevision = 1,
        });
    }

    public static Choice Choice(int fold = 1, int folds = 4) => new()
    {
        Folds = [fold],
        MeanDice = [.. Enumerable.Range(0, folds).Select(f => (double?)(f == fold ? 0.47 : 0.41))],
        Reason = $"Fold {fold} has the highest mean over variants of the seed-mean per-patient tumour DSC on the held-out fold (0.470).",
    };

    /// <summary>Scores of every run that the choice wants, or of the first few.</summary>
    public static SweepScores Scores(Plan plan, Choice? choice, int? first = null, Func<PlannedRun, RunScores>? scoring = null)
    {
        var wanted = plan.Runs.Where(r => r.Level is null || (choice?.Folds.Contains(r.Fold) ?? false)).Take(first ?? int.MaxValue);
        return new(plan, choice, wanted.ToDictionary(r => r.Run, scoring ?? (r => ScoresOf(plan, r))));
    }

    public static RunScores ScoresOf(Plan plan, PlannedRun run)
    {
        double scarcity = run.Level is { } level ? 1 - plan.Spec.Ablation!.Levels[level] : 0;
        double skill = run.Variant switch { 0 => 0.5 - (0.25 * scarcity), 1 => 0.53 - (0.12 * scarcity), _ => 0.51 - (0.18 * scarcity) };
        double overmark = run.Variant switch { 0 => 0.8, 1 => 1.3, _ => 1.1 };
        PatientScore Score(string patient, uint index) => ScoreOf(
            patient,
            skill,
            overmark,
            index,
            Philox.At((ulong)run.Seed, DrawPurpose.LabelNoise, index, (uint)((run.Variant * 16) + (run.Level ?? 15))));
        return new()
        {
            SelectedStep = 650,
            Selection = [new(50, 0.1), new(650, skill)],
            HeldOut = [.. plan.Folds[run.Fold].Test.Select(p => Score(p, uint.Parse(p[1..])))],
            Evaluation = plan.EvaluationCohortDigest is null ? null : [.. EvaluationCohort.Patients.Select((p, i) => Score(p.Id, 1000 + (uint)i))],
        };
    }

    /// <summary>As they were stored before there were curves.</summary>
    public static RunScores WithoutCurves(RunScores scores)
    {
        IReadOnlyList<PatientScore> Strip(IReadOnlyList<PatientScore> patients) => [.. patients.Select(p => p with { Curve = null })];
        return scores with { HeldOut = Strip(scores.HeldOut), Evaluation = scores.Evaluation is { } evaluation ? Strip(evaluation) : null };
    }

    public static PatientScore Patient(string id, params (int TruePositive, int FalsePositive, int FalseNegative)[] slices) =>
        new(id, [.. slices.Select((s, i) => Slice(i, s.TruePositive, s.FalsePositive, s.FalseNegative))]);

    /// <summary>
    /// A threshold curve through the argmax counts at logit 0: false positives fall exponentially with the threshold, hits along a logistic
    /// curve.
    /// </summary>
    private static PatientScore WithCurve(PatientScore patient)
    {
        Confusion tumour = patient.Tumour;
        double expert = tumour.TruePositive + tumour.FalseNegative;
        double ease = Math.Log((tumour.TruePositive + 0.5) / (tumour.FalseNegative + 0.5));
        double[] logits = [.. Enumerable.Range(0, 33).Select(k => -8 + (0.5 * k))];
        return patient with
        {
            Curve = new(-8, 0.5,
                [.. logits.Select(t => (long)Math.Round(expert / (1 + Math.Exp((t - (2 * ease)) / 2))))],
                [
                    .. logits.Select(
                        t => (long)Math.Min(
                            tumour.FalsePositive + tumour.TrueNegative, Math.Round((tumour.FalsePositive + 0.3) * Math.Exp(-0.7 * t)))),
                ]),
        };
    }

    private static PatientScore ScoreOf(string patient, double skill, double overmark, uint index, PhiloxSequence draws)
    {
        PhiloxSequence own = Philox.At(99, DrawPurpose.Phantom, index);
        double ease = own.Normal(0, 0.22);
        int slices = 2 + own.NextInt32(3);
        return WithCurve(new(patient, [.. Enumerable.Range(0, slices).Select(i =>
        {
            int area = i == 3 ? 0 : 30 + own.NextInt32(60);
            double hit = Math.Clamp(skill + ease + draws.Normal(0, 0.1), 0, 0.97);
            int found = (int)(area * Math.Min(0.98, hit * Math.Sqrt(overmark)));
            int wrong = (int)(Math.Max(area, 6) * overmark * (1 - hit) * 0.7 * draws.NextDouble());
            return Slice(i, found, wrong, area - found);
        })]));
    }

    private static SliceScore Slice(int index, int truePositive, int falsePositive, int falseNegative)
    {
        Confusion Of(int pixels) => new(truePositive, falsePositive, falseNegative, pixels - truePositive - falsePositive - falseNegative);
        return new(index, Of(48 * 48), Of(900), Confusion.Zero, Confusion.Zero);
    }

    private static VariantSpec Variant(string name) =>
        SmallSpecs.Variant(name, Schemes[name]) with { Segmentor = Segmentor, Protocol = Protocol };
}

using AdvSeg.Core.Draws;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tests;

/// <summary>A small sweep planned by hand, and plausible scores for it: every patient has a difficulty, every variant and level an effect.</summary>
internal static class SyntheticSweep
{
    public static readonly SegmentorSpec Segmentor = new()
    {
        Width = 8,
        Levels = 4,
        ConvolutionsPerLevel = 2,
        Downsampling = Downsampling.MaxPool,
        Upsampling = Upsampling.TransposedConvolution,
        DecoderActivation = Activation.Relu,
        NormalizeFirst = true,
        LeakySlope = 0.2,
    };

    private static readonly AdamSpec Adam = new() { LearningRate = 2e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 };

    private static readonly AdversarySpec Adversary = new()
    {
        Network = new DiscriminatorSpec { Channels = [8, 16], Norm = DiscriminatorNorm.Middle, FirstStride = 2, LeakySlope = 0.2 },
        Optimizer = Adam,
        StepsPerSegmentorStep = 3,
    };

    public static Plan Plan(int patients = 32, int folds = 4, int seeds = 3, bool evaluation = true, AblationSpec? ablation = null, int crop = 48)
    {
        SweepSpec spec = new()
        {
            Name = "synthetic",
            Owner = "tester",
            Priority = 0,
            Cohort = new StoredCohort(new string('a', 64)),
            EvaluationCohort = evaluation ? new StoredCohort(new string('e', 64)) : null,
            Folds = folds,
            SplitSeed = 11,
            Seeds = [.. Enumerable.Range(1, seeds).Select(s => (ulong)s)],
            Variants =
            [
                Variant("cross-entropy", new CrossEntropyScheme { Optimizer = Adam }, crop),
                Variant("adversarial", new AdversarialScheme { Optimizer = Adam, Adversary = Adversary }, crop),
                Variant("hybrid", new HybridScheme { Optimizer = Adam, Adversary = Adversary, Lambda = 0.5 }, crop),
            ],
            Baseline = "cross-entropy",
            Ablation = ablation ?? new AblationSpec
            {
                Levels = [0.5, 0.25, 0.1],
                Folds = AblationFolds.Best,
                Variants = ["cross-entropy", "adversarial", "hybrid"],
            },
        };
        string[] ids = [.. Enumerable.Range(0, patients).Select(i => $"p{i:D3}")];
        List<PlannedRun> runs =
            [
                .. from seed in Enumerable.Range(0, seeds) from fold in Enumerable.Range(0, folds) from variant in Enumerable.Range(0, 3) select Run(
                    variant, fold, null, seed),
            ];
        int crossValidation = runs.Count;
        List<FoldPlan> foldPlans = [];
        for (int fold = 0; fold < folds; fold++)
        {
            int start = runs.Count;
            runs.AddRange(
                from seed in Enumerable.Range(0, seeds)
                from level in Enumerable.Range(
                    0, spec.Ablation!.Levels.Count)
                from variant in Enumerable.Range(0, 3)
                select Run(variant, fold, level, seed));
            foldPlans.Add(Fold(fold, folds, ids, spec, start, runs.Count - start));
        }

        return new()
        {
            Sweep = spec.Id().Value,
            Spec = spec,
            CohortDigest = new string('a', 64),
            EvaluationCohortDigest = evaluation ? new string('e', 64) : null,
            Numerics = Numerics.DefaultCpu,
            Trainer = "synthetic",
            TrainerRevision = 1,
            Folds = foldPlans,
            Runs = runs,
            CrossValidationRuns = crossValidation,
        };
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
            Evaluation = plan.EvaluationCohortDigest is null ? null : [.. Enumerable.Range(0, 40).Select(i => Score($"e{i:D3}", 1000 + (uint)i))],
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

    private static VariantSpec Variant(string name, SchemeSpec scheme, int crop) => new()
    {
        Name = name,
        Scheme = scheme,
        Segmentor = Segmentor,
        Protocol = new()
        {
            CropSize = crop,
            Steps = 700,
            EvaluateEvery = 50,
            BatchSize = 5,
            PositiveShare = 0.7,
            Augmentation = new() { RotationRadians = 0.39, ShiftPixels = 5, Mirror = true },
        },
    };

    private static PlannedRun Run(int variant, int fold, int? level, int seed) =>
        new(Digest.OfJson(new[] { variant, fold, level ?? -1, seed }), variant, fold, level, seed);

    private static FoldPlan Fold(int fold, int folds, string[] ids, SweepSpec spec, int start, int count)
    {
        string[] Part(int part) => [.. ids.Where((_, i) => i % folds == part % folds)];
        string[] train = [.. ids.Except(Part(fold)).Except(Part(fold + 1)).Order(StringComparer.Ordinal)];
        return new()
        {
            Index = fold,
            TrainPositive = train,
            TrainNegative = ["n000"],
            Select = Part(fold + 1),
            Test = Part(fold),
            SplitDigest = Digest.OfJson(new[] { train, Part(fold + 1), Part(fold) }),
            SubsetOrders = [.. spec.Seeds.Select(_ => train)],
            LevelPositives = [.. spec.Ablation!.Levels.Select(l => Math.Max(1, (int)Math.Round(l * train.Length)))],
            AblationStart = start,
            AblationCount = count,
        };
    }
}

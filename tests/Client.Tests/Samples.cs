using AdvSeg.Client.Progress;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Client.Tests;

/// <summary>Records for tests; every number that matters is an argument.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static SweepStatus Status(SweepStage stage = SweepStage.CrossValidation, int completed = 0, int failed = 0, bool reported = false) => new()
    {
        Sweep = "demo-12345678",
        Name = "demo",
        Owner = "me",
        Priority = 0,
        Stage = stage,
        Paused = false,
        Started = Start,
        Planned = 8,
        Running = 0,
        Completed = completed,
        Failed = failed,
        Cancelled = 0,
        Reused = 0,
        Reported = reported,
    };

    /// <summary>A plan that is nothing but its runs.</summary>
    public static Plan Plan(int runs) => new()
    {
        Sweep = "demo-12345678",
        Spec = SweepYaml.Read("apiVersion: advseg/v1\npreset: smoke\n", "sample"),
        CohortDigest = Digest.OfJson("cohort"),
        Numerics = Numerics.DefaultCpu,
        Trainer = "torch",
        TrainerRevision = 1,
        Folds = [],
        Runs = [.. Enumerable.Range(0, runs).Select(i => new PlannedRun(Digest.OfJson(i), 0, i, null, 0, null))],
        CrossValidationRuns = runs,
    };

    public static RunRow Row(int index, string variant, RunState state, int? positives = null, double? dice = null) => new()
    {
        Index = index,
        Run = Digest.OfJson(index),
        Variant = variant,
        Fold = index / 2,
        Positives = positives,
        Seed = 1,
        State = state,
        Attempt = 1,
        Dice = dice,
        Sensitivity = dice,
    };

    public static RunProgress Progress(int index, int step, int steps, double rate) =>
        new(Digest.OfJson(index), 1, "w", step, new TrainingProgress { Step = step, Steps = steps, StepsPerSecond = rate });

    /// <summary>The preset demo over a cohort of its size.</summary>
    public static Plan Plan()
    {
        SweepSpec spec = Presets.Spec("demo") with { EvaluationCohort = null, Seeds = [0] };
        CohortPatient Patient(int i, bool positive) =>
            new($"{(positive ? 'A' : 'F')}{i:D3}", positive, 8, positive ? 3 : 0, $"patients/{i}", Digest.OfJson((i, positive)));
        var cohort = new CohortManifest
        {
            Description = "Of no images",
            Channels = CohortLayout.Paper.Channels,
            Size = 64,
            PixelMillimetres = 1.5,
            Patients = [.. Enumerable.Range(0, 55).Select(i => Patient(i, true)), .. Enumerable.Range(0, 97).Select(i => Patient(i, false))],
        };
        return Planner.Plan(spec, new PlanInputs { Cohort = cohort, Trainer = "none", TrainerRevision = 1, Numerics = Numerics.DefaultCpu });
    }

    /// <summary>Of the first fold.</summary>
    public static Choice Choice { get; } = new() { Folds = [0], MeanDice = [0.5, 0.4, 0.4, 0.4], Reason = "the first" };

    /// <summary>A run of a plan.</summary>
    public static RunRow Row(Plan plan, int index) => Row(index, plan.Spec.Variants[plan.Runs[index].Variant].Name, RunState.Queued) with
    {
        Run = plan.Runs[index].Run,
        Fold = plan.Runs[index].Fold,
        Positives = plan.Runs[index].Level is { } level ? plan.Folds[plan.Runs[index].Fold].LevelPositives[level] : null,
    };

    /// <summary>A tenth of a run.</summary>
    public static RunProgress Progress(Plan plan, RunRow row, double rate) => new(
        row.Run, 1, "w", row.Index + 1, new TrainingProgress
        {
            Step = plan.Spec.Variants[0].Protocol.Steps / 10,
            Steps = plan.Spec.Variants[0].Protocol.Steps,
            StepsPerSecond = rate,
        });

    /// <summary>Two variants of 100 steps on four folds; two levels of ablation on one fold: 8 + 4 runs.</summary>
    public static SweepShape Shape(int ablationLevels = 2) => new()
    {
        Folds = 4,
        AblationFolds = 1,
        Variants = [new VariantShape("ce", 100, 4, ablationLevels), new VariantShape("adv", 100, 4, ablationLevels)],
    };

    public static Snapshot Snapshot(
        SweepStatus status, IReadOnlyList<RunRow> running, IReadOnlyList<RunRow>? settled, IReadOnlyList<RunProgress> progress,
        int slots = 2, double seconds = 10) => new()
        {
            Now = Start + TimeSpan.FromSeconds(seconds),
            Status = status,
            Running = running,
            Settled = settled,
            Progress = new ProgressBatch(progress.Count == 0 ? 0 : progress.Max(p => p.Version), progress),
            Slots = slots,
        };
}

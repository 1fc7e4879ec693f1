using AdvSeg.Client.Progress;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

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

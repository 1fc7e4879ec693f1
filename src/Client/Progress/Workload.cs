using AdvSeg.Core.Sweeps;

namespace AdvSeg.Client.Progress;

/// <summary>What is left of one variant in one stage: whole queued runs.</summary>
internal sealed record QueuedRuns(VariantShape Variant, int Count);

/// <summary>The S steps of a sweep, trained and left, from its shape and what has been seen of its runs.</summary>
internal sealed record Workload
{
    public required IReadOnlyList<RunningRun> Running { get; init; }

    public required IReadOnlyList<QueuedRuns> CrossValidation { get; init; }

    public required IReadOnlyList<QueuedRuns> Ablation { get; init; }

    public required SweepShape Shape { get; init; }

    public required int TotalRuns { get; init; }

    public required double Share { get; init; }

    /// <summary>Steps are being trained or will be: neither over nor paused.</summary>
    public required bool GoesOn { get; init; }

    public static Workload Of(SweepShape shape, SweepStatus status, IReadOnlyList<RunningRun> running, IReadOnlyList<RunRow> settled)
    {
        int ablationFolds = status.Choice?.Folds.Count ?? shape.AblationFolds;
        IReadOnlyList<QueuedRuns> crossValidation = Queued(shape, running, settled, reduced: false, v => v.CrossValidationRuns);
        IReadOnlyList<QueuedRuns> ablation = Queued(shape, running, settled, reduced: true, v => v.AblationRunsPerFold * ablationFolds);
        double left = crossValidation.Concat(ablation).Sum(q => (double)q.Count * q.Variant.Steps)
            + running.Sum(r => (double)StepsOf(shape, r) - (r.Progress?.Step ?? 0));
        double total = shape.Variants.Sum(v => (double)v.Steps * (v.CrossValidationRuns + (v.AblationRunsPerFold * ablationFolds)));
        return new Workload
        {
            Shape = shape,
            Running = running,
            CrossValidation = crossValidation,
            Ablation = ablation,
            TotalRuns = shape.Variants.Sum(v => v.CrossValidationRuns + (v.AblationRunsPerFold * ablationFolds)),
            Share = total == 0 ? 1 : Math.Clamp(1 - (left / total), 0, 1),
            GoesOn = status is { Paused: false, Stage: SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation },
        };
    }

    /// <param name="secondsPerStep">Measured, by variant.</param>
    /// <param name="slots">Slots that take runs of this sweep.</param>
    public Eta? Estimate(IReadOnlyDictionary<string, double> secondsPerStep, int slots)
    {
        if (!GoesOn || secondsPerStep.Count == 0)
        {
            return null;
        }

        double Seconds(string variant, double steps) => steps * secondsPerStep.GetValueOrDefault(variant);
        List<double> running = [.. Running.Select(r => Seconds(r.Row.Variant, StepsOf(Shape, r) - (r.Progress?.Step ?? 0)))];
        var stages = new[] { CrossValidation, Ablation }.Select(s => Interleave(s).Select(v => Seconds(v.Name, v.Steps)).ToList()).ToList();
        string[] unmeasured = [.. CrossValidation.Concat(Ablation).Where(q => q.Count > 0).Select(q => q.Variant.Name)
            .Concat(Running.Select(r => r.Row.Variant)).Distinct().Where(v => !secondsPerStep.ContainsKey(v))];
        return new Eta(Eta.Makespan(running, stages, slots), unmeasured);
    }

    private static int StepsOf(SweepShape shape, RunningRun run) =>
        run.Progress?.Steps ?? shape.Variants.FirstOrDefault(v => v.Name == run.Row.Variant)?.Steps ?? 0;

    private static List<QueuedRuns> Queued(
        SweepShape shape, IReadOnlyList<RunningRun> running, IReadOnlyList<RunRow> settled, bool reduced, Func<VariantShape, int> planned)
    {
        var taken = running.Select(r => r.Row).Concat(settled)
            .Where(r => r.Positives.HasValue == reduced)
            .CountBy(r => r.Variant)
            .ToDictionary();
        return [.. shape.Variants.Select(v => new QueuedRuns(v, Math.Max(0, planned(v) - taken.GetValueOrDefault(v.Name))))];
    }

    /// <summary>The plan's order: variants take turns.</summary>
    private static IEnumerable<VariantShape> Interleave(IReadOnlyList<QueuedRuns> queued)
    {
        int rounds = queued.Count == 0 ? 0 : queued.Max(q => q.Count);
        for (int round = rounds; round > 0; round--)
        {
            foreach (QueuedRuns q in queued.Where(q => q.Count >= round))
            {
                yield return q.Variant;
            }
        }
    }
}

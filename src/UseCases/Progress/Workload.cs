using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Progress;

/// <summary>What is left of one variant in one stage: whole queued runs.</summary>
public sealed record QueuedRuns(VariantShape Variant, int Count);

/// <summary>The S steps of a sweep, trained and left, from its shape and what has been seen of its runs.</summary>
public sealed record Workload
{
    public required IReadOnlyList<RunningRun> Running { get; init; }

    public required IReadOnlyList<QueuedRuns> CrossValidation { get; init; }

    public required IReadOnlyList<QueuedRuns> Ablation { get; init; }

    public required SweepShape Shape { get; init; }

    public required int TotalRuns { get; init; }

    public required double Share { get; init; }

    /// <summary>Steps are being trained or will be: neither over nor paused.</summary>
    public required bool GoesOn { get; init; }

    /// <param name="shape">All that the sweep asks for.</param>
    /// <param name="status">Where it stands.</param>
    /// <param name="running">Its runs that hold a slot.</param>
    /// <param name="settled">Its settled runs.</param>
    public static Workload Of(
        SweepShape shape, SweepStatus status, IReadOnlyList<RunningRun> running, IReadOnlyList<VariantProgress> settled)
    {
        int ablationFolds = status.Choice?.Folds.Count ?? shape.AblationFolds;
        IReadOnlyList<QueuedRuns> crossValidation = Queued(shape, running, false, v => v.CrossValidationRuns - SettledOf(v).CrossValidation);
        IReadOnlyList<QueuedRuns> ablation = Queued(shape, running, true, v => (v.AblationRunsPerFold * ablationFolds) - SettledOf(v).Ablation);
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

        VariantProgress SettledOf(VariantShape variant) =>
            settled.FirstOrDefault(s => s.Variant == variant.Name) ?? new VariantProgress(variant.Name, 0, 0);
    }

    /// <summary>The time until everything is trained.</summary>
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

    private static List<QueuedRuns> Queued(SweepShape shape, IReadOnlyList<RunningRun> running, bool reduced, Func<VariantShape, int> unsettled)
    {
        var taken = running.Where(r => r.Row.Positives.HasValue == reduced).CountBy(r => r.Row.Variant).ToDictionary();
        return [.. shape.Variants.Select(v => new QueuedRuns(v, Math.Max(0, unsettled(v) - taken.GetValueOrDefault(v.Name))))];
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

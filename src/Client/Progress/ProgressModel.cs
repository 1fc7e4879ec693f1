using System.Collections.Immutable;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Client.Progress;

/// <summary>
/// Everything a progress display shows. Each poll makes a new model from the last one; the displays are functions of models and
/// nothing else.
/// </summary>
public sealed record ProgressModel
{
    public required SweepShape Shape { get; init; }

    public required SweepStatus Status { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required int Slots { get; init; }

    public required IReadOnlyList<RunningRun> Running { get; init; }

    /// <summary>In the order in which they were seen to settle; those of the first poll in plan order.</summary>
    public required ImmutableList<RunRow> Settled { get; init; }

    /// <summary>How many of <see cref="Settled"/>, from its start, were there before this model: they are not told one by one again.</summary>
    public required int SettledBefore { get; init; }

    /// <summary>Newest progress by run id, running runs only.</summary>
    public required ImmutableDictionary<string, TrainingProgress> Progress { get; init; }

    /// <summary>What is expected, from all that was seen.</summary>
    public required Forecast Forecast { get; init; }

    /// <summary>Version of the progress hub to ask from next.</summary>
    public required long Version { get; init; }

    /// <summary>Runs that will be trained, the expected ablation included.</summary>
    public required int TotalRuns { get; init; }

    /// <summary>Share of all S steps that is trained, 0 to 1.</summary>
    public required double Share { get; init; }

    /// <summary>
    /// The largest share so far. The share itself can fall: a run between its last step and its outcome is counted nowhere for a moment, and an
    /// attempt may be lost.
    /// </summary>
    public required double HighestShare { get; init; }

    /// <inheritdoc cref="Forecast.Eta"/>
    public Eta? Eta => Forecast.Eta;

    public bool IsOver => Status.Stage switch
    {
        SweepStage.Finished => Status.Reported,
        SweepStage.Stopped or SweepStage.Cancelled => true,
        SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation => false,
    };

    public static ProgressModel First(SweepShape shape, Snapshot snapshot) => Make(shape, null, snapshot);

    public ProgressModel Next(Snapshot snapshot) => Make(Shape, this, snapshot);

    private static ProgressModel Make(SweepShape shape, ProgressModel? last, Snapshot snapshot)
    {
        (ImmutableList<RunRow> settled, int before) = Follow(last?.Settled ?? [], snapshot.Settled);
        var progress = Newest(last?.Progress ?? ImmutableDictionary<string, TrainingProgress>.Empty, snapshot);
        IReadOnlyList<RunningRun> running = [.. snapshot.Running.Select(r => new RunningRun(r, progress.GetValueOrDefault(r.Run)))];
        Workload work = Workload.Of(shape, snapshot.Status, running, VariantProgress.Of(settled));
        return new ProgressModel
        {
            Shape = shape,
            Status = snapshot.Status,
            Elapsed = (snapshot.Status.Ended ?? snapshot.Now) - snapshot.Status.Started,
            Slots = snapshot.Slots,
            Running = running,
            Settled = settled,
            SettledBefore = last is null ? settled.Count : before,
            Progress = progress,
            Forecast = (last?.Forecast ?? Forecast.Unseen).Next(work, snapshot.Slots),
            Version = snapshot.Progress.Version,
            TotalRuns = work.TotalRuns,
            Share = work.Share,
            HighestShare = Math.Max(last?.HighestShare ?? 0, work.Share),
        };
    }

    /// <summary>In the order in which they settled. A run that was retried leaves, and comes again when it is settled anew.</summary>
    private static (ImmutableList<RunRow> Settled, int Before) Follow(ImmutableList<RunRow> known, IReadOnlyList<RunRow>? now)
    {
        if (now is null)
        {
            return (known, known.Count);
        }

        HashSet<(string, RunState)> there = [.. now.Select(r => (r.Run, r.State))];
        ImmutableList<RunRow> still = known.RemoveAll(r => !there.Contains((r.Run, r.State)));
        there.ExceptWith(still.Select(r => (r.Run, r.State)));
        return (still.AddRange(now.Where(r => there.Contains((r.Run, r.State)))), still.Count);
    }

    /// <summary>Progress by run: the hub's, else the row's, else what was known before. A run that has left its slot is forgotten.</summary>
    private static ImmutableDictionary<string, TrainingProgress> Newest(ImmutableDictionary<string, TrainingProgress> known, Snapshot snapshot)
    {
        var news = snapshot.Progress.Runs.ToDictionary(r => r.Run, r => r.Progress);
        var newest = ImmutableDictionary.CreateBuilder<string, TrainingProgress>();
        foreach (RunRow row in snapshot.Running)
        {
            if ((news.GetValueOrDefault(row.Run) ?? row.Progress ?? known.GetValueOrDefault(row.Run)) is { } progress)
            {
                newest[row.Run] = progress;
            }
        }

        return newest.ToImmutable();
    }
}

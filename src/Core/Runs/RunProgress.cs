namespace AdvSeg.Core.Runs;

/// <summary>The newest progress of one run, at the hub's version.</summary>
public sealed record RunProgress(string Run, long Attempt, string Worker, long Version, TrainingProgress Progress);

/// <summary>What changed since a version. A watcher asks again with <see cref="Version"/>.</summary>
public sealed record ProgressBatch(long Version, IReadOnlyList<RunProgress> Runs);

using System.Globalization;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Store;

/// <summary>The key of a file under an attempt's prefix, taken apart.</summary>
public sealed record AttemptKey(RunId Run, long Attempt, string Name)
{
    private const int LongestAttempt = 18;

    public bool IsLog => Name == ArtifactKeys.LogName;

    public bool IsMetrics => Name.StartsWith(ArtifactKeys.MetricsStart, StringComparison.Ordinal);

    /// <summary>The step of a checkpoint; null for another file.</summary>
    public int? CheckpointStep =>
        Name.StartsWith(ArtifactKeys.CheckpointStart, StringComparison.Ordinal)
        && Name.Length - ArtifactKeys.CheckpointStart.Length is ArtifactKeys.StepDigits or ArtifactKeys.StepDigits + 1
        && int.TryParse(Name.AsSpan(ArtifactKeys.CheckpointStart.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int step)
            ? step
            : null;

    /// <summary>The parts of a key, or null when it is not under an attempt's prefix.</summary>
    public static AttemptKey? Parse(string key) =>
        key.Split('/', 5) is ["runs", var run, "attempts", { Length: <= LongestAttempt } number, var name]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long attempt)
            ? new AttemptKey(new RunId(run), attempt, name)
            : null;
}

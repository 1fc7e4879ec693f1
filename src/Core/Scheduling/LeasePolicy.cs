using System.ComponentModel.DataAnnotations;
using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Scheduling;

/// <summary>When leases end, how often failures are retried, and how much an owner may use.</summary>
public sealed record LeasePolicy
{
    /// <summary>A lease that was not renewed for this long is lost.</summary>
    [Range(typeof(TimeSpan), "00:00:03", "1.00:00:00", ErrorMessage = "leases are renewed once a second, so use {1} to {2}")]
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A worker that membership does not know is lost after this long without a renewal.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "use {1} to {2}")]
    public TimeSpan UnknownWorkerGrace { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The cluster is one process, which holds its store alone: a worker that membership does not know was in an earlier process, and is dead. In a
    /// cluster of several processes such a worker may live, because the membership table may have been emptied.
    /// </summary>
    public bool SoleProcess { get; init; }

    /// <summary>
    /// Losses without a new checkpoint after which a run is given up as a crash loop; each worker lost without it meanwhile allows one more.
    /// </summary>
    [Range(1, 1000, ErrorMessage = "use {1} to {2}")]
    public int MaxLosses { get; init; } = 3;

    /// <summary>Losses after which a run is given up however many other workers were lost.</summary>
    [Range(1, 1000, ErrorMessage = "use {1} to {2}")]
    public int MaxLossesInStorm { get; init; } = 12;

    /// <summary>The longest wait between two attempts of a run that lost its workers.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "use {1} to {2}")]
    public TimeSpan MaxLossDelay { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Wait before the first retry of a failed attempt; it doubles with each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "use {1} to {2}")]
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Retries of an attempt that ran out of memory: what else used the memory may be gone by then.</summary>
    [Range(0, 100, ErrorMessage = "use {1} to {2}")]
    public int MemoryRetries { get; init; } = 3;

    /// <summary>Retries of an attempt whose trainer threw.</summary>
    [Range(0, 100, ErrorMessage = "use {1} to {2}")]
    public int CodeRetries { get; init; } = 2;

    /// <summary>Owners who may use only so much; others are not limited.</summary>
    public IReadOnlyList<OwnerLimit> Limits { get; init; } = [];

    /// <summary>
    /// Retries per class, each class counted by itself. Data and divergence are deterministic in the run spec: the same attempt would
    /// fail again.
    /// </summary>
    public int MaxRetries(FailureClass failure) => failure switch
    {
        FailureClass.HostOutOfMemory or FailureClass.GpuOutOfMemory => MemoryRetries,
        FailureClass.Code => CodeRetries,

        // A run becomes a crash loop only after its losses were retried.
        FailureClass.Data or FailureClass.Divergence or FailureClass.CrashLoop => 0,
    };

    /// <summary>Wait after so many failures of any class, 1 or more.</summary>
    public TimeSpan DelayAfterFailures(int failures) => RetryDelay * Math.Pow(2, failures - 1);

    /// <summary>Wait after so many losses without a new checkpoint: four times the retry delay after the second, doubling.</summary>
    public TimeSpan DelayAfterLosses(int losses) =>
        TimeSpan.FromTicks((long)Math.Min(MaxLossDelay.Ticks, RetryDelay.Ticks * Math.Pow(2, losses)));

    /// <summary>The longest wait that a run with this history can have.</summary>
    public TimeSpan LongestWait(RunHistory history)
    {
        TimeSpan afterFailures = history.Failures > 0 ? DelayAfterFailures(history.Failures) : TimeSpan.Zero;
        return afterFailures > MaxLossDelay ? afterFailures : MaxLossDelay;
    }

    /// <summary>The owner's limit, or null when there is none.</summary>
    public TimeSpan? LimitOf(string owner) => Limits.FirstOrDefault(l => l.Owner == owner) is { } limit ? TimeSpan.FromHours(limit.GpuHours) : null;
}

/// <summary>
/// An owner is granted nothing more once the attempts for the owner's sweeps have held worker slots for so many hours; running attempts
/// go on.
/// </summary>
public sealed record OwnerLimit(string Owner, double GpuHours)
{
    /// <summary>Reads <c>ann=100,bob=12.5</c>.</summary>
    /// <exception cref="SpecException">A part is not an owner, '=' and hours of 0 or more, or an owner is named twice.</exception>
    public static IReadOnlyList<OwnerLimit> ParseList(string text, string source)
    {
        List<OwnerLimit> limits = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', StringSplitOptions.TrimEntries) is not [{ Length: > 0 } owner, var number]
                || !double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double hours)
                || !double.IsFinite(hours) || hours < 0
                || limits.Any(l => l.Owner == owner))
            {
                throw new SpecException(
                    $"{source} has '{part}'; use one OWNER=HOURS for each owner, with hours of 0 or more, such as 'ann=100,bob=12.5'.");
            }

            limits.Add(new OwnerLimit(owner, hours));
        }

        return limits;
    }
}

using System.ComponentModel.DataAnnotations;

namespace AdvSeg.Hosting.Health;

/// <summary>Whether this host takes part now, and if not, why; what <c>/healthz/ready</c> answers.</summary>
/// <param name="Ready">It takes part.</param>
/// <param name="Reasons">Why it does not.</param>
/// <param name="Warnings">Problems that do not keep the host from taking part; null when there are none.</param>
public sealed record Readiness(bool Ready, IReadOnlyList<NotReady> Reasons, IReadOnlyList<NotReady>? Warnings = null);

/// <summary>One thing that is not well.</summary>
/// <param name="Check">What was looked at, such as <c>store</c>.</param>
/// <param name="Why">For people.</param>
/// <param name="Seconds">For how long; null where it is not measured.</param>
public sealed record NotReady(string Check, string Why, double? Seconds = null);

/// <summary>
/// Something outside this process that is looked at every few seconds. Out of reach for longer than a grace, the host is not ready.
/// </summary>
public interface IReadinessProbe
{
    string Name { get; }

    /// <summary>Returns when it answers; throws when it does not, with a message for people.</summary>
    Task ProbeAsync(CancellationToken cancellationToken);
}

/// <summary>Something of this process that decides at once.</summary>
public interface IReadinessCondition
{
    string Name { get; }

    /// <summary>Null when it is well.</summary>
    string? WhyNot { get; }
}

/// <summary>Something that a person should look at, and that keeps this host from nothing else.</summary>
public interface IReadinessWarning
{
    string Name { get; }

    /// <summary>Null when it is well.</summary>
    string? Warning { get; }
}

/// <summary>How health is judged; section <c>Health</c>.</summary>
public sealed record HealthPolicy
{
    /// <summary>For how long the store or the membership may be out of reach before the host is not ready.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between two looks; after a look that failed it is a second.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00", ErrorMessage = "use a time above 0 and up to {2}")]
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(5);
}

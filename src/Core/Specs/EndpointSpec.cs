namespace AdvSeg.Core.Specs;

/// <summary>Whose scores the primary comparison is of.</summary>
public enum EndpointCohort
{
    Evaluation,

    HeldOut,
}

/// <summary>
/// The primary endpoint, named before anything is trained: every variant against the baseline in one metric on one cohort is its family of tests,
/// and everything else is exploratory.
/// </summary>
public sealed record EndpointSpec
{
    public const double UsualAlpha = 0.05;

    /// <summary>The metrics that can be one: those that Table 1 tests, by their words.</summary>
    public static readonly IReadOnlyList<string> Metrics = [.. Core.Metrics.Metric.All.Where(m => m.IsTested).Select(m => m.Key)];

    /// <summary>One of <see cref="Metrics"/>.</summary>
    public required string Metric { get; init; }

    public required EndpointCohort Cohort { get; init; }

    /// <summary>Differences smaller than this do not matter, in the metric's unit: equivalence is tested against it; null for no such test.</summary>
    public double? Margin { get; init; }

    /// <summary>Two-sided level of its family of tests.</summary>
    public required double Alpha { get; init; }
}

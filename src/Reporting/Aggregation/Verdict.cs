using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>What a test over seeds says of a variant against the baseline; tests over patients give none, because they speak of networks.</summary>
public enum Verdict
{
    /// <summary>The better end of the metric, corrected p below <see cref="Verdicts.Alpha"/>.</summary>
    Ahead,

    /// <summary>The worse end of it.</summary>
    Behind,

    /// <summary>So many seeds do not show a difference; that is not the same as none.</summary>
    NotShown,
}

public static class Verdicts
{
    public const double Alpha = 0.05;

    /// <param name="difference">Variant minus baseline.</param>
    /// <param name="corrected">The p-value after the correction over its family; null where there is no test.</param>
    /// <param name="metric">Which says the better end.</param>
    /// <param name="alpha">Of the family.</param>
    public static Verdict Of(double difference, double? corrected, MetricDefinition metric, double alpha = Alpha) =>
        !(corrected < alpha) ? Verdict.NotShown
        : metric.IsBetter(difference, 0) ? Verdict.Ahead
        : Verdict.Behind;

    /// <summary>As tables say it.</summary>
    public static string Word(this Verdict verdict) => Kebab.Of(verdict).Replace('-', ' ');

    /// <summary>The verdict, whether the difference lies within the margin, and whether it is of the primary endpoint.</summary>
    public static string Words(this SeedInference inference) =>
        inference.Verdict.Word() + (inference.IsEquivalent ? ", equivalent" : "") + (inference.Alpha is null ? "" : " (primary)");
}

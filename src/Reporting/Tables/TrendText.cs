using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>How differences go with the number of training patients, in words and as a block.</summary>
public static class TrendText
{
    internal const string Note =
        "Per halving: what each halving of the positive training patients adds to the difference from the baseline (least squares over log2 of "
            + "their number), with its 95 % interval over networks and patients; fewest minus all: the difference at the fewest minus that at "
            + "all; p: t test of "
            + "the seeds' slopes after Holm's correction over the variants of one metric and cohort.";

    internal static Block Block(IReadOnlyList<GainTrend> trends, string baseline) => new(
        $"Against {baseline}, with fewer patients",
        ["variant", "metric", "networks", "per halving", "fewest minus all", "seeds", "p (Holm)", "trend"],
        [
            .. trends.GroupBy(t => t.Cohort).Select(g => (
                Table1Text.Title(g.Key),
                (IReadOnlyList<IReadOnlyList<string>>)[.. g.Select(t => (IReadOnlyList<string>)
                [
                    t.Variant, t.Metric.TitleInUnit, $"{t.Replicates}", Value(t.Slope, t.Metric), Value(t.Contrast, t.Metric),
                    $"{t.Slope.Seeds?.Count ?? 0}", Table1Text.P(t.HolmPValue), Word(t.Verdict),
                ])])),
        ]);

    internal static string Value(TrendValue value, MetricDefinition metric) => Table1Text.Signed(value.Value.Mean, metric)
        + (value.Value.Interval is { } band ? $" [{Table1Text.Signed(band.Low, metric)}, {Table1Text.Signed(band.High, metric)}]" : "");

    /// <summary>Of the difference, with fewer patients. A difference below zero that moves up becomes smaller, so it is not said to grow.</summary>
    public static string Word(TrendVerdict verdict) => verdict switch
    {
        TrendVerdict.InFavour => "moves in its favour",
        TrendVerdict.Against => "moves against it",
        TrendVerdict.NotShown => "is not shown to change",
    };
}

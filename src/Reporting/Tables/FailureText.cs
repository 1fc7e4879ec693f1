using System.Globalization;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>Failed networks as a block of Table 1.</summary>
internal static class FailureText
{
    internal static readonly string[] Headers =
        ["variant", "rate [95 %]", "failed", "runs", "DSC", "DSC without", "difference", "difference without"];

    internal static IReadOnlyList<string> Row(FailureRow row) =>
        [row.Variant, Rate(row.Failed), $"{row.Failed.Count}", $"{row.Failed.Total}", Score(row.All), Score(row.Without), Difference(row.Difference),
            Difference(row.DifferenceWithout)];

    internal static string Note(Table1 table) =>
        $"A network has failed when the tumour DSC of its kept weights is below {table.FailureBelow.ToString(CultureInfo.InvariantCulture)} on the "
            + "selection fold; the rate has its exact interval (Clopper and Pearson). Failures are in every other number but distances, which a "
            + "network that marks nothing does not have. What is left without them is chosen after the fact: it describes "
            + "training that worked, and is not what a scheme gives. Differences of DSC are from the baseline, with the 95 % interval over networks "
            + "and patients where there are several seeds.";

    /// <summary>"0.20 [0.06, 0.44]".</summary>
    internal static string Rate(Proportion failed) => failed.Interval is { } band
        ? string.Create(CultureInfo.InvariantCulture, $"{failed.Count / (double)failed.Total:0.00} [{band.Low:0.00}, {band.High:0.00}]")
        : "n/a";

    internal static string Difference(TwoWayResult? difference) => difference is null ? "n/a"
        : Table1Text.Signed(difference.Mean, Metric.Dice) + (difference.Interval is not { } band
            ? ""
            : $" [{Table1Text.Signed(band.Low, Metric.Dice)}, {Table1Text.Signed(band.High, Metric.Dice)}]");

    private static string Score(Spread? spread) => spread is null ? "n/a" : Metric.Dice.Text(spread.Mean);
}

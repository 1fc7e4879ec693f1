using System.Globalization;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Statistics;

namespace AdvSeg.Reporting.Aggregation;

/// <summary>
/// A network that did not fail on the selection fold, but scores less than half of the median network of its variant at its training size. One such
/// network can move a mean over seeds, or a trend, as far as a scheme can.
/// </summary>
/// <param name="Run">Which network it is.</param>
/// <param name="Dice">Its tumour DSC per patient on the main cohort.</param>
/// <param name="Median">Of the networks of its variant and level.</param>
internal sealed record FarBehind(PlannedRun Run, double Dice, double Median)
{
    private const double Share = 0.5;

    /// <summary>Of networks that tables are of, in the order of the plan.</summary>
    public static IReadOnlyList<FarBehind> Of(SweepScores scores)
    {
        HashSet<string> failed = [.. scores.Failed.Select(r => r.Run)];
        (PlannedRun Run, double Dice)[] found =
        [
            .. from run in scores.Plan.Runs
               where scores.IsReported(run) && scores.Completed.ContainsKey(run.Run)
               let dice = scores.Completed[run.Run].On(scores.Cohorts[0]).Mean(Metric.Dice)
               where dice is not null
               select (run, dice.Value),
        ];
        Dictionary<(int, int?), double> medians = found.GroupBy(f => (f.Run.Variant, f.Run.Level))
            .ToDictionary(g => g.Key, g => Descriptive.Median([.. g.Select(f => f.Dice)]));
        return
        [
            .. found.Where(f => !failed.Contains(f.Run.Run)).Select(f => new FarBehind(f.Run, f.Dice, medians[(f.Run.Variant, f.Run.Level)]))
                .Where(f => f.Dice < Share * f.Median),
        ];
    }

    /// <summary>Which network, its DSC and that of the middle one.</summary>
    public string Text(SweepScores scores) =>
        string.Create(CultureInfo.InvariantCulture, $"{scores.Describe(Run)} with a DSC of {Dice:F3}, where the middle one has {Median:F3}");
}

using System.Globalization;
using System.Text;
using AdvSeg.Reporting.Aggregation;

namespace AdvSeg.Reporting.Tables;

/// <summary>Learning curves and what they say a variant's patients are worth.</summary>
public static class CurveText
{
    internal const string Note =
        "Learning curves: inverse power law (asymptote - scale x n^-rate, asymptote at most 1) by least squares through the mean DSC at each "
            + "number of positive training patients, over the replicates and patients that every variant has at every size. Worth: the baseline's "
            + "number of patients at which its curve reaches the variant's, with the middle 95 % of 500 resamples of networks and patients; "
            + "none with one seed, or "
            + "where the baseline's curve does not rise; nothing is extrapolated beyond twice the most patients or below half the fewest.";

    /// <summary>RFC 4180 with a header line: a line per cohort, variant and size.</summary>
    internal static string Csv(IReadOnlyList<LearningCurve> curves)
    {
        StringBuilder text = new();
        Csv line = new(text);
        line.Row(["cohort", "metric", "variant", "positives", "networks", "mean", "fitted", "fitted_low", "fitted_high", "asymptote", "scale", "rate",
            "r_squared", "equivalent", "equivalent_low", "equivalent_high", "lowest", "highest"]);
        foreach (LearningCurve curve in curves)
        {
            foreach ((int index, CurvePoint point) in curve.Points.Index())
            {
                Efficiency? worth = curve.Efficiencies?[index];
                CurveBand? band = curve.Band.Count == 0 ? null : curve.Band[index];
                line.Row([Table1Numbers.Key(curve.Cohort), curve.Metric.Column, curve.Variant, point.Positives, curve.Replicates, point.Mean,
                    point.Fitted, band?.Low, band?.High, curve.Fit.Asymptote, curve.Fit.Scale, curve.Fit.Rate, curve.RSquared,
                    worth?.Equivalent, worth?.Low, worth?.High, curve.Lowest, curve.Highest]);
            }
        }

        return text.ToString();
    }

    internal static Block Block(IReadOnlyList<LearningCurve> curves) => new(
        "Learning curves",
        ["variant", "positive patients", "DSC", "curve [95 %]", "asymptote", "rate", "worth [95 %]"],
        [
            .. curves.GroupBy(c => c.Cohort).Select(g => (
                Table1Text.Title(g.Key),
                (IReadOnlyList<IReadOnlyList<string>>)[.. g.SelectMany(c => c.Points.Select((p, i) => (IReadOnlyList<string>)
                [
                    c.Variant, Number(p.Positives), c.Metric.Text(p.Mean), Curve(c, p, i), c.Metric.Text(c.Fit.Asymptote),
                    Number(c.Fit.Rate), c.Efficiencies?[i] is { Low: not null } worth ? Worth(c, worth) : "n/a",
                ]))])),
        ]);

    /// <summary>"0.517 [0.482, 0.551]": the curve at a size.</summary>
    private static string Curve(LearningCurve curve, CurvePoint point, int index) => curve.Metric.Text(point.Fitted)
        + (curve.Band.Count == 0 ? "" : $" [{curve.Metric.Text(curve.Band[index].Low)}, {curve.Metric.Text(curve.Band[index].High)}]");

    /// <summary>Sentences on a curve: only on values with an interval, which one seed or one patient does not give. Null: there are none.</summary>
    public static string? Sentences(LearningCurve curve, string baseline)
    {
        string[] said = [.. (curve.Efficiencies ?? []).Where(e => e.Low is not null).Select(e => Sentence(curve, e, baseline))];
        return said.Length == 0 ? null : string.Join("; ", said);
    }

    /// <summary>"adversarial with 10 positive patients reaches what cross-entropy reaches with 17 [12, 26]".</summary>
    private static string Sentence(LearningCurve curve, Efficiency worth, string baseline) =>
        $"{curve.Variant} with {Number(worth.Positives)} positive patients reaches what {baseline} reaches with {Worth(curve, worth)}";

    /// <summary>"17 [12, > 56]": a number beyond the reach of the curves is given as its bound.</summary>
    internal static string Worth(LearningCurve curve, Efficiency worth)
    {
        string Bounded(double n) => n >= curve.Highest ? $"> {Number(curve.Highest)}" : n <= curve.Lowest ? $"< {Number(curve.Lowest)}" : Number(n);
        return Bounded(worth.Equivalent) + (worth is { Low: { } low, High: { } high } ? $" [{Bounded(low)}, {Bounded(high)}]" : "");
    }

    /// <summary>How well the curve goes through the points.</summary>
    internal static string Goodness(LearningCurve curve) => curve.RSquared is { } share
        ? $"R\u00b2 {share.ToString("0.00", CultureInfo.InvariantCulture)}"
        : $"{curve.Points.Count} sizes for 3 parameters: nothing is left to check the fit";

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

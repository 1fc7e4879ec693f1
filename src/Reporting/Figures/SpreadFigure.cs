using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// Fig. 7: differences from the baseline of single seeds and of single patients, in DSC on the main cohort: what other networks and what other
/// patients would change, side by side.
/// </summary>
internal sealed class SpreadFigure(SweepScores scores, IReadOnlyList<DifferenceSpread> spreads)
    : ColumnFigure(spreads.Select(s => (scores.VariantIndex(s.Variant), s.Variant)))
{
    public const string Caption =
        "Fig. 7. Difference from the baseline in tumour DSC: a point for each seed (mean over its folds and all patients) and for each patient (mean "
            + "over all networks), their means with 95 % t intervals. Above, networks are the sample and patients are given; below, patients are and "
            + "these networks are given: a narrow interval there says nothing of other seeds.";

    private const float RowHeight = 22;
    private const double Jitter = 0.24;

    protected override float PlotHeight => 40 + (2 * RowHeight * Math.Max(1, spreads.Count));

    protected override string? WhyEmpty => spreads.Count == 0 ? "fewer than two seeds have all of their folds" : null;

    protected override Plot Plot()
    {
        Plot plot = AblationPanels.Empty("");
        plot.Layout.Fixed(new PixelPadding(38, 6, 30, 4));
        plot.Add.VerticalLine(0, 0.8f, Palette.Muted.Plot());
        foreach ((int place, DifferenceSpread spread) in spreads.Index())
        {
            int variant = scores.VariantIndex(spread.Variant);
            Row(plot, (2 * spreads.Count) - 1 - place, spread.Seeds, variant, 4);
            Row(plot, spreads.Count - 1 - place, spread.Patients, variant, 2);
        }

        plot.Axes.Left.TickGenerator = new NumericManual([(1.5 * spreads.Count) - 0.5, (0.5 * spreads.Count) - 0.5], ["seeds", "patients"]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Axes.SetLimitsY(-0.6, (2 * spreads.Count) - 0.4);
        plot.Axes.Bottom.Label.Text = $"difference from {scores.Spec.Baseline}, DSC";
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { LabelFormatter = v => v < 0 ? $"\u2212{-v:0.##}" : $"{v:0.##}" };
        return plot;
    }

    private static void Row(Plot plot, double y, IReadOnlyList<double> values, int variant, float size)
    {
        // Every third of a turn by the golden ratio: points apart without a draw.
        double[] places = [.. values.Select((_, i) => y + (Jitter * ((2 * (i * 0.6180339887 % 1)) - 1)))];
        var points = plot.Add.Markers([.. values], places, Palette.Marker(variant), size, Palette.Plot(variant).WithAlpha(0.45));
        points.MarkerStyle.OutlineWidth = 0;
        MeanTest mean = MeanTest.Of(values);
        if (mean.Interval is { } band)
        {
            var bar = plot.Add.Line(band.Low, y, band.High, y);
            bar.LineStyle.Color = Palette.Ink.Plot();
            bar.LineStyle.Width = 1.4f;
        }

        var mark = plot.Add.Marker(mean.Mean, y, Palette.Marker(variant), 6, Palette.Plot(variant));
        mark.MarkerStyle.OutlineColor = Palette.Ink.Plot();
        mark.MarkerStyle.OutlineWidth = 0.8f;
    }
}

using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace AdvSeg.Reporting.Figures;

/// <summary>Fig. 5: the share of lesions that are found over the false alarms per patient, on the main cohort.</summary>
internal sealed class FrocFigure(SweepScores scores, IReadOnlyList<FrocCurve> curves)
    : ColumnFigure(curves.Select(c => (scores.VariantIndex(c.Variant), c.Variant)))
{
    public const string Caption =
        "Fig. 5. Share of the lesions that candidates find over false alarms per patient (logarithmic), mean over networks; marks with their 95 % "
            + "interval over networks and patients at an eighth to four, side by side, ends at 0 and 1. Candidates by PI-CAI's rule, at "
            + "most five a patient: a curve ends level where there are no more. froc.csv holds the numbers.";

    private const double Apart = 0.07;

    protected override string? WhyEmpty => curves.Count == 0 ? "no run was scored with lesion candidates" : null;

    protected override Plot Plot()
    {
        Plot plot = AblationPanels.Empty("lesion sensitivity");
        plot.Layout.Fixed(new PixelPadding(32, 6, 30, 6));
        foreach ((int place, FrocCurve curve) in curves.Index())
        {
            int variant = scores.VariantIndex(curve.Variant);
            var line = plot.Add.ScatterLine(
                curve.Points.Select(p => Math.Log2(p.FalseAlarms)).ToArray(), curve.Points.Select(p => p.Sensitivity).ToArray(),
                Palette.Plot(variant));
            line.LineWidth = 1.1f;
            double shift = Apart * (place - ((curves.Count - 1) / 2.0));
            foreach (FrocPoint point in curve.Points.Where(p => p.IsTick))
            {
                Mark(plot, Math.Log2(point.FalseAlarms) + shift, point, variant);
            }
        }

        double[] ticks = [.. FrocCurve.Ticks];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. ticks.Select(Math.Log2)], [.. ticks.Select(t => t < 1 ? $"1/{1 / t:0}" : $"{t:0}")]);
        plot.Axes.SetLimits(Math.Log2(ticks[0]) - 0.25, Math.Log2(ticks[^1]) + 0.25, -0.02, 1.02);
        plot.Axes.Bottom.Label.Text = "false alarms per patient";
        plot.Axes.Left.TickGenerator = new NumericAutomatic();
        return plot;
    }

    private static void Mark(Plot plot, double x, FrocPoint point, int variant)
    {
        if (point.Band is { } band)
        {
            var bar = plot.Add.Line(x, Math.Max(band.Low, 0), x, Math.Min(band.High, 1));
            bar.LineStyle.Color = Palette.Plot(variant);
            bar.LineStyle.Width = 0.7f;
        }

        var mark = plot.Add.Marker(x, point.Sensitivity, Palette.Marker(variant), 4.5f, Palette.Plot(variant));
        mark.MarkerStyle.OutlineColor = Colors.White;
        mark.MarkerStyle.OutlineWidth = 0.5f;
    }
}

using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// Fig. 4: tumour DSC over the number of positive training patients on the main cohort, as points and inverse power laws, drawn as far as they
/// are extrapolated: twice the most patients, thin beyond what was trained with. In the width of a column.
/// </summary>
internal sealed class LearningFigure : ColumnFigure
{
    public const string Caption =
        "Fig. 4. Tumour DSC over the number of positive training patients (logarithmic): means over patients and networks, and inverse power laws "
            + "through them, with the middle 95 % of the curves through 500 resamples of networks and patients; thin where they are extrapolated, "
            + "to twice the most patients and no further.";

    private const int CurvePoints = 60;

    private readonly SweepScores _scores;
    private readonly LearningCurve[] _curves;

    public LearningFigure(SweepScores scores, Ablation ablation)
        : base(ablation.Variants.Select(name => (scores.VariantIndex(name), name)))
    {
        _scores = scores;
        _curves = [.. ablation.Curves.Where(c => c.Cohort == scores.Cohorts[0])];
    }

    protected override string? WhyEmpty => _curves.Length == 0 ? "not every level is there yet" : null;

    protected override Plot Plot()
    {
        Plot plot = AblationPanels.Empty(Metric.Dice.Heading);
        plot.Layout.Fixed(new PixelPadding(32, 4, 30, 6));
        foreach (LearningCurve curve in _curves)
        {
            CurveBand[] band = [.. curve.Band.Skip(curve.Points.Count)];
            if (band.Length > 0)
            {
                var area = plot.Add.FillY(
                    band.Select(b => Math.Log2(b.Positives)).ToArray(), band.Select(b => b.Low).ToArray(), band.Select(b => b.High).ToArray());
                area.FillColor = Palette.Plot(_scores.VariantIndex(curve.Variant)).WithAlpha(0.15);
                area.LineWidth = 0;
            }
        }

        foreach (LearningCurve curve in _curves)
        {
            int variant = _scores.VariantIndex(curve.Variant);
            double most = curve.Points.Max(p => p.Positives);
            AddCurve(plot, curve, variant, curve.Points.Min(p => p.Positives), most, 1.4f);
            AddCurve(plot, curve, variant, most, curve.Highest, 0.6f);
            var points = plot.Add.Markers(
                curve.Points.Select(p => Math.Log2(p.Positives)).ToArray(), curve.Points.Select(p => p.Mean).ToArray(), Palette.Marker(variant), 5,
                Palette.Plot(variant));
            points.MarkerStyle.OutlineColor = Colors.White;
            points.MarkerStyle.OutlineWidth = 0.5f;
        }

        double[] sizes = [.. _curves[0].Points.Select(p => p.Positives).Append(_curves[0].Highest).Order()];
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. sizes.Select(Math.Log2)], [.. sizes.Select(n => $"{n:0.#}")]);
        plot.Axes.SetLimitsX(Math.Log2(sizes[0]) - 0.2, Math.Log2(sizes[^1]) + 0.2);
        plot.Axes.Bottom.Label.Text = "positive training patients";
        plot.Axes.Left.TickGenerator = new NumericAutomatic();
        return plot;
    }

    private static void AddCurve(Plot plot, LearningCurve curve, int variant, double from, double to, float width)
    {
        double[] x =
            [.. Enumerable.Range(0, CurvePoints + 1).Select(i => Math.Log2(from) + (i * (Math.Log2(to) - Math.Log2(from)) / CurvePoints))];
        var line = plot.Add.ScatterLine(x, [.. x.Select(v => curve.Fit.At(Math.Pow(2, v)))], Palette.Plot(variant));
        line.LineWidth = width;
    }
}

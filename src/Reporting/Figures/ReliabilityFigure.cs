using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace AdvSeg.Reporting.Figures;

/// <summary>Fig. 6: how often a pixel of the gland is tumour over the probability that S gives it, on the main cohort.</summary>
internal sealed class ReliabilityFigure(SweepScores scores, IReadOnlyList<ReliabilityCurve> curves)
    : ColumnFigure(curves.Select(c => (scores.VariantIndex(c.Variant), c.Variant)))
{
    public const string Caption =
        "Fig. 6. Reliability of the tumour probability over the pixels of the expert's gland, all networks together: tumour pixels of each tenth of "
            + "the probability over its mean in it. On the thin line a probability is what it says; below it the network is too sure. Tenths with "
            + "fewer than one of 10,000 pixels are left out. reliability.csv holds the numbers.";

    private const double Fewest = 1e-4;

    protected override string? WhyEmpty => curves.Count == 0 ? "no run was scored with probabilities" : null;

    protected override Plot Plot()
    {
        Plot plot = AblationPanels.Empty("share of tumour");
        plot.Layout.Fixed(new PixelPadding(32, 6, 30, 6));
        var ideal = plot.Add.Line(0, 0, 1, 1);
        ideal.LineStyle.Color = Palette.Muted.Plot();
        ideal.LineStyle.Width = 0.6f;
        foreach (ReliabilityCurve curve in curves)
        {
            int variant = scores.VariantIndex(curve.Variant);
            ReliabilityBin[] bins = [.. curve.Bins.Where(b => b.Share >= Fewest)];
            double[] probability = [.. bins.Select(b => b.Probability)];
            double[] tumour = [.. bins.Select(b => b.Tumour)];
            plot.Add.ScatterLine(probability, tumour, Palette.Plot(variant)).LineWidth = 1.1f;
            var marks = plot.Add.Markers(probability, tumour, Palette.Marker(variant), 4.5f, Palette.Plot(variant));
            marks.MarkerStyle.OutlineColor = Colors.White;
            marks.MarkerStyle.OutlineWidth = 0.5f;
        }

        plot.Axes.SetLimits(-0.02, 1.02, -0.02, 1.02);
        plot.Axes.Bottom.Label.Text = "probability of tumour";
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic();
        plot.Axes.Left.TickGenerator = new NumericAutomatic();
        return plot;
    }
}

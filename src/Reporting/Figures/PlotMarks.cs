using ScottPlot;

namespace AdvSeg.Reporting.Figures;

/// <summary>Small marks beside boxes and lines.</summary>
internal static class PlotMarks
{
    /// <summary>A dash, or a cross for a seed of which a network failed.</summary>
    public static void Seed(Plot plot, double x, double y, int variant, bool failed)
    {
        if (failed)
        {
            var cross = plot.Add.Marker(x, y, MarkerShape.Eks, 4, Palette.Plot(variant));
            cross.MarkerStyle.LineWidth = 1;
            return;
        }

        var dash = plot.Add.Line(x - 0.022, y, x + 0.022, y);
        dash.LineStyle.Color = Palette.Plot(variant);
        dash.LineStyle.Width = 1.2f;
    }

    public static void Star(Plot plot, double x, double gain, int variant)
    {
        var text = plot.Add.Text("*", x, gain);
        text.LabelStyle.FontName = ReportFont.Name;
        text.LabelStyle.FontSize = 9;
        text.LabelStyle.ForeColor = Palette.Plot(variant);
        text.LabelStyle.Alignment = Alignment.LowerRight;
        text.OffsetX = -2;
    }

    /// <summary>A dagger, for which the caption gives the reason.</summary>
    public static void Note(Plot plot, double x, double top)
    {
        var text = plot.Add.Text("\u2020", x, top);
        text.LabelStyle.FontName = ReportFont.Name;
        text.LabelStyle.FontSize = 8;
        text.LabelStyle.ForeColor = Palette.Ink.Plot();
        text.LabelStyle.Alignment = Alignment.UpperCenter;
    }

    /// <summary>An arrow at the end of the axis for each value that lies beyond it.</summary>
    public static void Beyond(Plot plot, double x, double[] values, (double Low, double High) limits, int variant)
    {
        double length = 0.06 * (limits.High - limits.Low);
        foreach (double value in values.Where(v => v < limits.Low || v > limits.High))
        {
            double end = value < limits.Low ? limits.Low : limits.High;
            bool isLow = value < limits.Low;
            var shaft = plot.Add.Line(x, end, x, end + (isLow ? length : -length));
            shaft.LineStyle.Color = Palette.Plot(variant);
            shaft.LineStyle.Width = 0.8f;
            var head = plot.Add.Marker(
                x, end + (0.3 * (isLow ? length : -length)), isLow ? MarkerShape.FilledTriangleDown : MarkerShape.FilledTriangleUp, 4,
                Palette.Plot(variant));
            head.MarkerStyle.OutlineWidth = 0;
        }
    }
}

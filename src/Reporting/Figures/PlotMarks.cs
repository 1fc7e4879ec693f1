using ScottPlot;

namespace AdvSeg.Reporting.Figures;

/// <summary>Small marks beside boxes and lines.</summary>
internal static class PlotMarks
{
    /// <summary>A dash, or a cross for a seed of which a run failed.</summary>
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

    /// <summary>The first reason; fig3.csv has all of them.</summary>
    public static void Note(Plot plot, double x, double top, string note)
    {
        var text = plot.Add.Text(Wrap(note.Split("; ")[0]), x, top);
        text.LabelStyle.FontName = ReportFont.Name;
        text.LabelStyle.FontSize = 5.5f;
        text.LabelStyle.ForeColor = Palette.Muted.Plot();
        text.LabelStyle.Alignment = Alignment.UpperCenter;
    }

    /// <summary>Lines short enough that neighbouring levels' notes do not meet.</summary>
    private static string Wrap(string note)
    {
        const int Longest = 12;
        List<string> lines = [""];
        foreach (string word in note.Split(' '))
        {
            if (lines[^1].Length > 0 && lines[^1].Length + 1 + word.Length > Longest)
            {
                lines.Add("");
            }

            lines[^1] = $"{lines[^1]} {word}".Trim();
        }

        return string.Join('\n', lines);
    }
}

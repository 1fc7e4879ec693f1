using ScottPlot;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>One plot under a legend of variants, in the width of a column.</summary>
internal abstract class ColumnFigure : Figure
{
    private const float Margin = 4;

    private readonly FigureLegend _legend;

    /// <param name="variants">Index and name of those that are shown.</param>
    protected ColumnFigure(IEnumerable<(int Index, string Name)> variants) => _legend = new(
        variants.Select(v => (v.Name, (Action<SKCanvas, float, float>)((canvas, x, y) => LegendSigns.Box(canvas, x, y, v.Index)))),
        FigureFormat.Column.Width - (2 * Margin));

    public override SKSize Size => new(FigureFormat.Column.Width, Margin + _legend.Height + PlotHeight + Margin);

    /// <summary>In points.</summary>
    protected virtual float PlotHeight => 150;

    /// <summary>The text instead of an empty plot; null where there is something to plot.</summary>
    protected abstract string? WhyEmpty { get; }

    protected abstract Plot Plot();

    public override void Draw(SKCanvas canvas)
    {
        _legend.Draw(canvas, Margin, Margin);
        float top = Margin + _legend.Height;
        if (WhyEmpty is { } reason)
        {
            Pen.Text(canvas, reason, Size.Width / 2, top + (PlotHeight / 2), 8, Palette.Muted, align: Align.Centre);
            return;
        }

        PixelRect rect = new(Margin, Size.Width - Margin, top + PlotHeight, top);
        using Plot plot = Plot();
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        // The first rendering of a plot draws everything twice, which would thicken lines and double a vector file: so the first one goes to a canvas
        // that draws nothing.
        using SKNoDrawCanvas rehearsal = new((int)rect.Right, (int)rect.Bottom);
        plot.Render(rehearsal, rect);
        plot.Render(canvas, rect);
    }
}

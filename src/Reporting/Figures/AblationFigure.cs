using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// Fig. 3 of the paper: DSC and sensitivity of each variant at each reduction level above, relative gains over the baseline below; where
/// threshold curves are stored, sensitivity at the baseline's false-positive rate beside them. The evaluation cohort comes first where there
/// is one, then the held-out fold; in the width of a column DSC on the first of them alone. Its caption is text beside it.
/// </summary>
internal sealed class AblationFigure : Figure
{
    private const float Margin = 4;
    private const float BlockTitle = 14;
    private const float UpperHeight = 100;
    private const float LowerHeight = 122;

    private readonly SweepScores _scores;
    private readonly Ablation _ablation;
    private readonly FigureFormat _format;
    private readonly AblationPanels _panels;
    private readonly FigureLegend _legend;
    private readonly MetricDefinition[] _columns;
    private readonly ScoredOn[] _cohorts;

    public AblationFigure(SweepScores scores, Ablation ablation, FigureFormat? format = null)
    {
        _scores = scores;
        _ablation = ablation;
        _format = format ?? FigureFormat.Page;
        _panels = new AblationPanels(ablation, scores.AblationVariants);
        _columns = [.. AblationCaption.ColumnsOf(ablation).Take(_format.IsColumn ? 1 : int.MaxValue)];
        _cohorts = [.. scores.Cohorts.Take(_format.IsColumn ? 1 : int.MaxValue)];
        _legend = new(Entries(), _format.Width - (2 * Margin));
    }

    public override SKSize Size =>
        new(_format.Width, Margin + _legend.Height + 2 + (_cohorts.Length * (BlockTitle + UpperHeight + LowerHeight)) + Margin);

    private float ColumnWidth => (_format.Width - (2 * Margin)) / _columns.Length;

    public override void Draw(SKCanvas canvas)
    {
        _legend.Draw(canvas, Margin, Margin);
        float y = Margin + _legend.Height + 2;
        char letter = 'a';
        foreach (ScoredOn cohort in _cohorts)
        {
            BlockHeader(canvas, cohort, y);
            y += BlockTitle;
            for (int column = 0; column < _columns.Length; column++, letter++)
            {
                float left = Margin + (column * ColumnWidth);
                float right = left + ColumnWidth;
                Render(canvas, _panels.Distributions(cohort, _columns[column]), new PixelRect(left, right, y + UpperHeight, y), 6);
                Render(
                    canvas,
                    _panels.Gains(cohort, _columns[column]),
                    new PixelRect(left, right, y + UpperHeight + LowerHeight, y + UpperHeight),
                    38);
                Pen.Text(canvas, $"({letter})", left, y + 3, 8, Palette.Ink, bold: true);
                WhenEmpty(canvas, cohort, _columns[column], (left + right) / 2, y + (UpperHeight * 0.4f));
            }

            y += UpperHeight + LowerHeight;
        }
    }

    /// <summary>Variants with colour, fill and marker, and what lines and marks mean.</summary>
    private IEnumerable<(string, Action<SKCanvas, float, float>)> Entries()
    {
        foreach (string variant in _ablation.Variants)
        {
            int index = _scores.VariantIndex(variant);
            yield return (variant == _scores.Spec.Baseline ? $"{variant} "
                + $"(baseline)" : variant, (canvas, x, y) => LegendSigns.Box(canvas, x, y, index));
        }

        yield return ("gain in median", (canvas, x, y) => Pen.Line(canvas, new(x, y), new(x + 14, y), Palette.Ink, 1.6f));
        yield return ("gain in mean, 95 %", LegendSigns.Band);
        if (_scores.ReportedSeeds.Count > 1)
        {
            yield return ("one seed", (canvas, x, y) => Pen.Line(canvas, new(x + 4, y), new(x + 10, y), Palette.Ink, 1.2f));
        }

        if (_ablation.Distributions.Any(d => d.Failed > 0))
        {
            yield return ("with a failed network", LegendSigns.Cross);
        }

        if (_cohorts.Any(cohort => _columns.Any(metric => _panels.IsClipped(cohort, metric))))
        {
            yield return ("beyond the axis", LegendSigns.Beyond);
        }
    }

    private void BlockHeader(SKCanvas canvas, ScoredOn cohort, float y)
    {
        int patients = _ablation.Distributions.Where(d => d.Cohort == cohort).Select(d => d.Values.Count).DefaultIfEmpty(0).Max();
        string name = cohort == ScoredOn.Evaluation
            ? "Evaluation cohort"
            : _ablation.Folds.Count == 1
            ? $"Held-out patients of fold {_ablation.Folds[0]}"
            : "Held-out patients";
        float width = Pen.Text(canvas, name, Margin, y + 8, 8, Palette.Ink, bold: true);
        string state = _ablation.Levels.Count > 0 && _ablation.Complete ? "" : " (incomplete)";
        string count = patients == 0 ? "nothing scored yet" : $"{patients} patients with tumour";
        Pen.Text(canvas, count + state, Margin + width + 6, y + 8, FigureFormat.Type, Palette.Muted);
    }

    private void WhenEmpty(SKCanvas canvas, ScoredOn cohort, MetricDefinition metric, float x, float y)
    {
        if (!_ablation.Distributions.Any(d => d.Cohort == cohort && d.Metric == metric && d.Values.Count > 0))
        {
            string text = _ablation.Levels.Count == 0 ? "no fold is chosen yet" : "no completed run yet";
            Pen.Text(canvas, text, x + 10, y, 8, Palette.Muted, align: Align.Centre);
        }
    }

    private static void Render(SKCanvas canvas, Plot plot, PixelRect rect, float bottom)
    {
        plot.Layout.Fixed(new PixelPadding(32, 4, bottom, 6));
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        // The first rendering of a plot draws everything twice, which would thicken lines and double a vector file: so the first one goes to a canvas
        // that draws nothing.
        using SKNoDrawCanvas rehearsal = new((int)rect.Right, (int)UpperHeight);
        plot.Render(rehearsal, rect);
        plot.Render(canvas, rect);
        plot.Dispose();
    }
}

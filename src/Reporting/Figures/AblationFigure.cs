using AdvSeg.Core.Metrics;
using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>
/// Fig. 3 of the paper: DSC and sensitivity of each variant at each reduction level above, relative gains over the baseline below; where
/// threshold curves are stored, sensitivity at the baseline's false-positive rate beside them. The evaluation cohort comes first where there
/// is one, then the held-out fold.
/// </summary>
internal sealed class AblationFigure : Figure
{
    private const float ColumnWidth = 250;
    private const float Margin = 10;
    private const float HeaderHeight = 46;
    private const float BlockTitle = 17;
    private const float UpperHeight = 122;
    private const float LowerHeight = 136;
    private const float FootnoteSize = 6.3f;

    private readonly SweepScores _scores;
    private readonly Ablation _ablation;
    private readonly AblationPanels _panels;
    private readonly MetricDefinition[] _columns;
    private readonly bool _clipped;
    private readonly IReadOnlyList<string> _footnote;

    public AblationFigure(SweepScores scores, Ablation ablation)
    {
        _scores = scores;
        _ablation = ablation;
        _panels = new AblationPanels(ablation, scores.AblationVariants);
        // Every run has counts; what needs a curve or was measured has a column only once it is there.
        _columns =
            [
                .. Metric.All.Where(
                    m => m.IsInFigure && (m.OfCounts is not null || ablation.Distributions.Any(d => d.Metric == m && d.Values.Count > 0))),
            ];
        foreach (ScoredOn cohort in scores.Cohorts)
        {
            foreach (MetricDefinition metric in _columns)
            {
                _panels.Gains(cohort, metric, out bool clipped);
                _clipped |= clipped;
            }
        }

        _footnote = Pen.Wrap(string.Join(" ", Footnote()), Width - (2 * Margin), FootnoteSize);
    }

    private bool ShowsSeeds => _scores.Spec.Seeds.Count > 1;

    private float Width => (2 * Margin) + (_columns.Length * ColumnWidth);

    public override SKSize Size =>
        new(
            Width,
            HeaderHeight + (_scores.Cohorts.Count * (BlockTitle + UpperHeight + LowerHeight)) + 8 + (_footnote.Count * FootnoteSize * 1.3f) + Margin);

    public override void Draw(SKCanvas canvas)
    {
        Header(canvas);
        float y = HeaderHeight;
        char letter = 'a';
        foreach (ScoredOn cohort in _scores.Cohorts)
        {
            BlockHeader(canvas, cohort, y);
            y += BlockTitle;
            for (int column = 0; column < _columns.Length; column++, letter++)
            {
                float left = Margin + (column * ColumnWidth);
                float right = left + ColumnWidth;
                Render(canvas, _panels.Distributions(cohort, _columns[column]), new PixelRect(left, right, y + UpperHeight, y), 8);
                Render(
                    canvas,
                    _panels.Gains(cohort, _columns[column], out _),
                    new PixelRect(left, right, y + UpperHeight + LowerHeight, y + UpperHeight),
                    40);
                Pen.Text(canvas, $"({letter})", left, y + 8, 8, Palette.Ink, bold: true);
                WhenEmpty(canvas, cohort, _columns[column], (left + right) / 2, y + (UpperHeight * 0.38f));
            }

            y += UpperHeight + LowerHeight;
        }

        Pen.Line(canvas, new(Margin, y + 2), new(Width - Margin, y + 2), Palette.Rule, 0.6f);
        Pen.Paragraph(canvas, _footnote, Margin, y + 5, FootnoteSize, Palette.Muted);
    }

    private void Header(SKCanvas canvas)
    {
        string state = _ablation.Levels.Count > 0 && _ablation.Complete ? "" : " (incomplete)";
        Pen.Text(canvas, $"Training on fewer positive patients{state}", Margin, 18, 10.5f, Palette.Ink, bold: true);
        float x = Margin;
        foreach (string variant in _ablation.Variants)
        {
            int index = _scores.VariantIndex(variant);
            using SKPaint swatch = new() { Color = Palette.Of(index), IsAntialias = true };
            canvas.DrawRoundRect(x, 28, 8, 8, 1.5f, 1.5f, swatch);
            string name = variant == _scores.Spec.Baseline ? $"{variant} (baseline)" : variant;
            x += 11 + Pen.Text(canvas, name, x + 11, 35, 7.5f, Palette.Ink) + 14;
        }

        x = Width - Margin - (ShowsSeeds ? 262 : 208);
        Pen.Line(canvas, new(x, 32), new(x + 18, 32), Palette.Ink, 1.5f);
        x += 22 + Pen.Text(canvas, "gain in median", x + 22, 35, 7.5f, Palette.Ink) + 12;
        using SKPaint band = new() { Color = Palette.Ink.WithAlpha(38) };
        canvas.DrawRect(x, 28, 18, 8, band);
        Pen.Line(canvas, new(x, 32), new(x + 18, 32), Palette.Ink, 0.7f);
        x += 22 + Pen.Text(canvas, "gain in mean, 95 % band", x + 22, 35, 7.5f, Palette.Ink) + 12;
        if (ShowsSeeds)
        {
            Pen.Line(canvas, new(x, 32), new(x + 6, 32), Palette.Ink, 1.2f);
            Pen.Text(canvas, "one seed", x + 10, 35, 7.5f, Palette.Ink);
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
        float width = Pen.Text(canvas, name, Margin, y + 9, 8.5f, Palette.Ink, bold: true);
        Pen.Text(canvas, patients == 0 ? "nothing scored yet" : $"{patients} patients with tumour", Margin + width + 6, y + 9, 7.5f, Palette.Muted);
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
        plot.Layout.Fixed(new PixelPadding(36, 8, bottom, 6));
        plot.RenderManager.ClearCanvasBeforeEachRender = false;
        // The first rendering of a plot draws everything twice, which thickens lines and doubles a vector file.
        using SKNoDrawCanvas rehearsal = new((int)rect.Right, (int)UpperHeight);
        plot.Render(rehearsal, rect);
        plot.Render(canvas, rect);
        plot.Dispose();
    }

    private IEnumerable<string> Footnote()
    {
        yield return "Boxes: median and quartiles over patients, whiskers within 1.5 interquartile ranges; each point is a patient (all its "
            + "slices pooled, mean over the seeds whose runs did not fail).";
        yield return $"Gains are relative to {_scores.Spec.Baseline}, paired by patient; band: 95 % t interval over patients (Fieller), "
            + "which describes these trained networks and leaves out retraining. Levels share their patients.";
        if (ShowsSeeds)
        {
            yield return "Dashes: every seed by itself (upper panels its median, lower panels its gain in median), which shows what retraining "
                + "moves; a cross where a run of it failed, which gains and bands hold and boxes do not.";
        }

        yield return (ShowsSeeds ? "* t test of the seeds' differences of means" : "* Wilcoxon signed-rank test over patients, of these networks")
            + $", p < {Verdicts.Alpha} after Holm's correction over the levels and variants of a panel.";
        foreach (MetricDefinition metric in _columns.Where(m => m.Note is not null))
        {
            yield return $"{metric.Heading}: {metric.Note}";
        }

        if (_columns.Any(m => m.AtThreshold is not null))
        {
            yield return $"At equal FPR: every run's threshold is set to the false-positive rate that {_scores.Spec.Baseline} has at the same level.";
        }

        if (_clipped)
        {
            yield return "A band or seed that leaves its panel is complete in fig3.csv.";
        }

        foreach (string line in Provenance.Lines(_scores))
        {
            yield return line;
        }
    }
}

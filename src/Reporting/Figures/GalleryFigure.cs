using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Reporting.Aggregation;
using SkiaSharp;

namespace AdvSeg.Reporting.Figures;

/// <summary>A gallery row with its images: the patient and each variant's label map, null where there is none.</summary>
internal sealed record GalleryImages(GalleryRow Row, CohortVolume Patient, IReadOnlyList<LabelMap?> Predictions)
{
    /// <summary>In-plane pixel side, mm.</summary>
    public required double PixelMillimetres { get; init; }
}

/// <summary>What the gallery shows.</summary>
/// <param name="Layout">Channels and classes of the cohort.</param>
/// <param name="Rows">Perhaps none yet.</param>
internal sealed record Gallery(CohortLayout Layout, IReadOnlyList<GalleryImages> Rows);

/// <summary>Fig. 2 of the paper: every channel, the expert's annotation and each variant's segmentation.</summary>
internal sealed class GalleryFigure : Figure
{
    /// <summary>With the paper's channels or fewer it is printed on the width of a page; each further one makes it wider.</summary>
    private static readonly float PaperWidth = FigureFormat.Page.Width;
    private const float FurtherChannel = 56;
    private const float Margin = 10;
    private const float GroupStrip = 20;
    private const float Gap = 3;
    private const float HeaderHeight = 48;
    private const float CaptionHeight = 19;
    private const float LineHeight = 8;
    private const double ScaleMillimetres = 10;

    private readonly SweepScores _scores;
    private readonly IReadOnlyList<string> _channels;
    private readonly IReadOnlyList<GalleryImages> _rows;
    private readonly float _width;
    private readonly float _side;

    public GalleryFigure(SweepScores scores, Gallery gallery)
    {
        (_scores, _channels, _rows) = (scores, gallery.Layout.Channels, gallery.Rows);
        _width = PaperWidth + (FurtherChannel * Math.Max(0, _channels.Count - CohortLayout.Paper.Channels.Count));
        int columns = _channels.Count + 1 + scores.Spec.Variants.Count;
        _side = (_width - (2 * Margin) - GroupStrip - ((columns - 1) * Gap)) / columns;
    }

    public override SKSize Size =>
        new(_width, HeaderHeight + (Math.Max(1, _rows.Count) * (_side + CaptionHeight)) + Margin);

    public override void Draw(SKCanvas canvas)
    {
        Header(canvas);
        float y = HeaderHeight;
        if (_rows.Count == 0)
        {
            Pen.Text(
                canvas,
                "no fold has a completed run of both compared variants yet",
                _width / 2,
                y + (_side / 2),
                8,
                Palette.Muted,
                align: Align.Centre);
        }

        foreach (var group in _rows.GroupBy(r => r.Row.Group))
        {
            GroupLabel(canvas, group.Key, y, (group.Count() * (_side + CaptionHeight)) - CaptionHeight);
            foreach (GalleryImages row in group)
            {
                Row(canvas, row, y);
                y += _side + CaptionHeight;
            }
        }
    }

    private void Header(SKCanvas canvas)
    {
        Pen.Text(canvas, "Segmentations of held-out patients", Margin, 18, 10.5f, Palette.Ink, bold: true);
        string[] titles = [.. _channels, "expert", .. _scores.Spec.Variants.Select(v => v.Name)];
        for (int column = 0; column < titles.Length; column++)
        {
            int variant = column - _channels.Count - 1;
            float size = Math.Min(7.5f, 7.5f * _side / Pen.Width(titles[column], 7.5f));
            Pen.Text(canvas, titles[column], Left(column) + (_side / 2), HeaderHeight - 7, size, Palette.Ink, align: Align.Centre);
            Pen.Line(
                canvas,
                new(Left(column), HeaderHeight - 3),
                new(Left(column) + _side, HeaderHeight - 3),
                variant < 0 ? Palette.Rule : Palette.Of(variant),
                2);
        }
    }

    private void GroupLabel(SKCanvas canvas, GalleryGroup group, float top, float height)
    {
        string focus = GalleryChoice.Focus(_scores) is { } index ? _scores.Spec.Variants[index].Name : "";
        string[] lines = group switch
        {
            GalleryGroup.Ahead => [$"(a) {focus}", "scores higher"],
            GalleryGroup.OnPar => ["(b) on par"],
            GalleryGroup.Behind => [$"(c) {focus}", "scores lower"],
            GalleryGroup.BothFar => ["(d) both far"],
        };
        canvas.Save();
        canvas.RotateDegrees(-90, Margin + 8, top + (height / 2));
        for (int line = 0; line < lines.Length; line++)
        {
            Pen.Text(
                canvas,
                lines[line],
                Margin + 8,
                top + (height / 2) + (line * LineHeight),
                Math.Min(FigureFormat.Type, FigureFormat.Type * height / Pen.Width(lines[line], FigureFormat.Type, bold: true)),
                Palette.Ink,
                bold: true,
                Align.Centre);
        }

        canvas.Restore();
    }

    private void Row(SKCanvas canvas, GalleryImages row, float y)
    {
        int shown = row.Predictions.OfType<LabelMap>().Select(p => p.Size).DefaultIfEmpty(row.Patient.Size).Min();
        CohortVolume patient = row.Patient.Crop(shown);
        for (int channel = 0; channel < _channels.Count; channel++)
        {
            SliceDrawing.Image(canvas, patient, row.Row.Slice, channel, Cell(channel, y));
        }

        ScaleBar(canvas, Cell(0, y), ScaleMillimetres / (row.PixelMillimetres * shown));

        ReadOnlySpan<byte> expert = patient.SliceLabels(row.Row.Slice);
        SliceDrawing.Image(canvas, patient, row.Row.Slice, 0, Cell(_channels.Count, y));
        SliceDrawing.Others(canvas, expert, shown, Cell(_channels.Count, y));
        SliceDrawing.Tumour(canvas, expert, shown, Cell(_channels.Count, y), Palette.Expert);
        string which = $"{row.Row.Patient}, slice {row.Row.Slice + 1}, fold {row.Row.Fold}";
        Pen.Text(canvas, which, Left(0), y + _side + LineHeight, FigureFormat.Type, Palette.Muted);
        for (int variant = 0; variant < row.Predictions.Count; variant++)
        {
            Prediction(canvas, row, patient, variant, Cell(_channels.Count + 1 + variant, y));
        }
    }

    private static void Prediction(SKCanvas canvas, GalleryImages row, CohortVolume patient, int variant, SKRect cell)
    {
        if (row.Predictions[variant] is not { } map || row.Row.Scores[variant] is not { } counts)
        {
            Pen.Text(canvas, "not completed", cell.MidX, cell.MidY, FigureFormat.Type, Palette.Muted, align: Align.Centre);
            return;
        }

        int size = patient.Size;
        byte[] labels = SliceDrawing.Centre(map, row.Row.Slice, size);
        SliceDrawing.Image(canvas, patient, row.Row.Slice, 0, cell);
        SliceDrawing.Others(canvas, labels, size, cell);
        SliceDrawing.Tumour(canvas, labels, size, cell, Palette.Of(variant));
        SliceDrawing.Outline(canvas, patient.SliceLabels(row.Row.Slice), size, LabelClass.Tumour, cell, Palette.Expert, 0.7f);
        Pen.Text(canvas, $"DSC {counts.Dice:F2}", cell.MidX, cell.Bottom + LineHeight, FigureFormat.Type, Palette.Ink, align: Align.Centre);
        Pen.Text(
            canvas, $"sens. {counts.Sensitivity:F2}", cell.MidX, cell.Bottom + (2 * LineHeight), FigureFormat.Type, Palette.Ink, align: Align.Centre);
    }

    /// <summary>What is drawn, as text beside the figure.</summary>
    public static string Caption(SweepScores scores, CohortLayout layout) => string.Join(
        " ",
        [
            $"Segmentations of held-out patients. Yellow outline: expert tumour; filled: tumour of that column{Outlined(layout)}. Bar: 10 mm. "
                + "Each patient's slice with the most expert tumour; scores are of the slice. At most two patients a group, the most pronounced "
                + "ones, so the gallery does not show how often each group occurs.",
            .. Provenance.Lines(scores),
        ]) + "\n";

    /// <summary>How classes beyond the target are drawn.</summary>
    /// <param name="layout">Of the cohort.</param>
    /// <param name="whose">Before the names, of one network: "its ".</param>
    public static string Outlined(CohortLayout layout, string whose = "")
    {
        const int First = (int)LabelClass.Tumour + 1;
        string target = layout.Classes[(int)LabelClass.Tumour];
        string named = target == CohortLayout.Paper.Classes[(int)LabelClass.Tumour] ? "" : $" (tumour is the class {target})";
        return layout.ClassesIfNotPaper is null ? $"; thin outlines: {whose}peripheral (light) and transition zone (dark)"
            : layout.Classes.Count == First ? named
            : $"{named}; thin outlines: {whose}"
                + string.Join(", ", layout.Classes.Skip(First).Select((name, i) => $"{name} ({SliceDrawing.NameOf(i)})"));
    }

    /// <param name="canvas">Drawn on.</param>
    /// <param name="cell">The image.</param>
    /// <param name="share">The bar's length as a share of the image's side; none is drawn above a half.</param>
    private static void ScaleBar(SKCanvas canvas, SKRect cell, double share)
    {
        if (share <= 0.5)
        {
            var start = new SKPoint(cell.Left + 3, cell.Bottom - 4);
            Pen.Line(canvas, start, new(start.X + (float)(share * cell.Width), start.Y), SKColors.White, 1.6f);
        }
    }

    private float Left(int column) => Margin + GroupStrip + (column * (_side + Gap));

    private SKRect Cell(int column, float y) => SKRect.Create(Left(column), y, _side, _side);
}

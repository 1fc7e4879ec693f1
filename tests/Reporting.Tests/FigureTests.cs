using System.Globalization;
using System.Text;
using System.Xml.Linq;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;
using SkiaSharp;

namespace AdvSeg.Reporting.Tests;

public sealed class FigureTests
{
    private static AblationFigure Figure(SweepScores scores, string name)
    {
        AblationFigure figure = new(scores, Ablation.From(scores));
        Look.At(name, () => [new("fig3.png", "", figure.Png()), new("fig3.svg", "", figure.Svg()), new("fig3.pdf", "", figure.Pdf())]);
        return figure;
    }

    [Fact]
    public void Svg_HoldsTextAsOutlinesOnly()
    {
        XDocument svg =
            XDocument.Parse(Encoding.UTF8.GetString(Figure(SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice()), "full").Svg()));

        Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName is "text" or "tspan" or "image");
        string[] labels = [.. svg.Descendants().Attributes("aria-label").Select(a => a.Value)];
        Assert.Contains("Evaluation cohort", labels);
        Assert.Contains("Held-out patients of fold 1", labels);
        Assert.Contains("positive training patients", labels);
        Assert.DoesNotContain(labels, l => l.Length > 60);
        var outlines = svg.Descendants().Where(e => e.Name.LocalName == "path").Attributes("id").Select(a => a.Value).ToHashSet();
        Assert.All(
            svg.Descendants().Where(e => e.Name.LocalName == "use"),
            u => Assert.Contains(u.Attributes().First(a => a.Name.LocalName == "href").Value[1..], outlines));
    }

    /// <summary>One ellipse per patient, variant, level, metric and cohort: nothing is dropped, nothing is drawn twice.</summary>
    [Fact]
    public void Svg_DrawsEveryPatientOnce()
    {
        SweepScores scores = SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice());

        XDocument svg = XDocument.Parse(Encoding.UTF8.GetString(new AblationFigure(scores, Ablation.From(scores)).Svg()));

        // A circle at the median is drawn with its rim: two more for each box of the first variant.
        Assert.Equal(((40 + 8) * 3 * 4 * 3) + (2 * 3 * 4 * 2), svg.Descendants().Count(e => e.Name.LocalName == "ellipse"));
    }

    [Fact]
    public void Svg_OfSeveralSeeds_MarksThemAndTheSignificantGains()
    {
        string svg = Encoding.UTF8.GetString(new AblationFigure(
            SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice()), Ablation.From(
                SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice()))).Svg());

        Assert.Contains("aria-label=\"one seed\"", svg, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"*\"", svg, StringComparison.Ordinal);
        Assert.Contains("aria-label=\"Sensitivity at equal FPR\"", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_OfResultsWithoutThresholdCurves_LeavesTheirColumnOut()
    {
        Plan plan = SyntheticSweep.Plan(seeds: 1, evaluation: false);
        SweepScores scores =
            SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: r => SyntheticSweep.WithoutCurves(SyntheticSweep.ScoresOf(plan, r)));

        AblationFigure figure = Figure(scores, "without-curves");

        Assert.Equal(180, figure.Size.Width * 25.4 / 72, 1e-3);
        string svg = Encoding.UTF8.GetString(figure.Svg());
        Assert.DoesNotContain("equal FPR", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("one seed", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_OfAPartialSweep_CountsRunsPerLevel()
    {
        string svg = Encoding.UTF8.GetString(Figure(SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice(), 50), "partial").Svg());

        Assert.Contains("\"4 of 6\"", svg, StringComparison.Ordinal);
        Assert.Contains("(incomplete)", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void Figure_WhereTheBaselineFails_LeavesAGapWithItsReason()
    {
        Plan plan = SyntheticSweep.Plan(evaluation: false);
        RunScores Scoring(PlannedRun run)
        {
            RunScores own = SyntheticSweep.ScoresOf(plan, run);
            return run is not { Level: 2, Variant: 0 } ? own
                : own with { Selection = [new(50, 0)], HeldOut = [.. own.HeldOut.Select(p => SyntheticSweep.Patient(p.Patient, (0, 0, 50)))] };
        }

        SweepScores scores = SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), scoring: Scoring);
        AblationFigure figure = Figure(scores, "gap");

        string svg = Encoding.UTF8.GetString(figure.Svg());
        string caption = AblationCaption.Text(scores, Ablation.From(scores));
        Assert.Contains("aria-label=\"\u2020\"", svg, StringComparison.Ordinal);
        Assert.Matches("\u2020 Baseline median is 0[^:]*: [^.]*DSC[^.]* with [^.]*2 positives \\(held-out\\)", caption);
        Assert.Contains("Failed (tumour DSC", caption, StringComparison.Ordinal);
    }

    [Fact]
    public void Pdf_IsOnePageOfVectorsWithTheFontEmbedded()
    {
        byte[] pdf = Figure(SyntheticSweep.Scores(SyntheticSweep.Plan(evaluation: false), SyntheticSweep.Choice()), "heldout").Pdf();

        string text = Encoding.Latin1.GetString(pdf);
        Assert.StartsWith("%PDF-", text, StringComparison.Ordinal);
        Assert.Contains("/FontFile2", text, StringComparison.Ordinal);
        Assert.Contains("LiberationSans", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/Subtype /Image", text, StringComparison.Ordinal);
        Assert.DoesNotContain("/CreationDate", text, StringComparison.Ordinal);
    }

    /// <summary>An outline is scaled from 2048 units to the em.</summary>
    [Theory]
    [InlineData(180)]
    [InlineData(85)]
    public void Figure_InPrint_HasTheWidthThatItIsPrintedAt_AndNoTypeBelow7Points(int millimetres)
    {
        SweepScores scores = SyntheticSweep.Scores(SyntheticSweep.Plan(), SyntheticSweep.Choice());
        AblationFigure figure = new(scores, Ablation.From(scores), millimetres == 85 ? FigureFormat.Column : FigureFormat.Page);
        Look.At($"print-{millimetres}", () => [new("fig3.png", "", figure.Png()), new("fig3.svg", "", figure.Svg())]);

        Assert.Equal(millimetres, figure.Size.Width * 25.4 / 72, 1e-3);
        double[] sizes = TypeOf(figure);
        Assert.True(sizes.Min() > 6.99, $"type of {sizes.Min()} points");
    }

    [Fact]
    public async Task Gallery_InPrint_HasTheWidthOfAPage_AndNoTypeBelow7Points()
    {
        using StoredSweep stored = new();
        await stored.PutPlanAsync();
        await stored.PutResultsAsync(stored.Plan.Runs.Where(r => r is { Level: null, Fold: 1 }));
        Figure gallery = (await SweepReport.LoadAsync(stored.Store, stored.Sweep)).Fig2();
        Look.At("print-fig2", () => [new("fig2.png", "", gallery.Png())]);

        Assert.Equal(180, gallery.Size.Width * 25.4 / 72, 1e-3);
        Assert.Contains("aria-label=\"DSC ", Encoding.UTF8.GetString(gallery.Svg()), StringComparison.Ordinal);
        double[] sizes = TypeOf(gallery);
        Assert.True(sizes.Min() > 6.99, $"type of {sizes.Min()} points");
    }

    /// <summary>Points of every glyph.</summary>
    private static double[] TypeOf(Figure figure)
    {
        double[] sizes =
        [
            .. XDocument.Parse(Encoding.UTF8.GetString(figure.Svg())).Descendants()
                .Where(e => e.Name.LocalName == "use" && e.Attributes().Any(a => a.Value.StartsWith("#advseg-", StringComparison.Ordinal)))
                .Select(e => 2048 * double.Parse(e.Attribute("transform")!.Value.Split("scale(")[1].TrimEnd(')'), CultureInfo.InvariantCulture)),
        ];
        Assert.NotEmpty(sizes);
        return sizes;
    }

    /// <summary>The heading's box holds ink: a missing font would leave it white.</summary>
    [Fact]
    public void Png_ShowsItsHeading()
    {
        using SKBitmap bitmap = SKBitmap.Decode(Figure(SyntheticSweep.Scores(SyntheticSweep.Plan(), null, 0), "empty").Png());

        int ink = 0;
        for (int y = 30; y < 85; y++)
        {
            for (int x = 40; x < 700; x++)
            {
                ink += bitmap.GetPixel(x, y).Red < 100 ? 1 : 0;
            }
        }

        Assert.InRange(ink, 2500, 15000);
    }
}

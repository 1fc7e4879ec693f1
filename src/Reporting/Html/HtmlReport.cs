using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.Reporting.Figures;
using AdvSeg.Reporting.Tables;

namespace AdvSeg.Reporting.Html;

/// <summary>What the page shows; no gallery where its images were not loaded.</summary>
internal sealed record HtmlContent(
    SweepScores Scores, Table1 Table1, Ablation Ablation, IReadOnlyList<SeedInference> Inference, IReadOnlyList<CohortScore> CohortScores,
    IReadOnlyList<FrocCurve> Froc, IReadOnlyList<ReliabilityCurve> Reliability, (byte[] Png, string Caption)? Gallery);

/// <summary>The whole report as one file that can be attached to a paper: no other file, address or font is needed.</summary>
internal static class HtmlReport
{
    public static byte[] Of(HtmlContent content)
    {
        (SweepScores scores, Table1 table, Ablation ablation) = (content.Scores, content.Table1, content.Ablation);
        (IReadOnlyList<SeedInference> inference, IReadOnlyList<CohortScore> cohorts) = (content.Inference, content.CohortScores);
        HtmlPage page = new($"{scores.Spec.Name}: {string.Join(", ", scores.Spec.Variants.Select(v => v.Name))}");
        page.Paragraph(string.Join(" ", Provenance.Lines(scores)), isNote: true);
        page.Heading("What was found");
        page.List(Conclusions.Sentences(scores, table, ablation, inference));
        page.Heading("What this cannot say");
        page.List(Limits.Of(scores, table));
        page.Heading("Methods");
        page.Paragraph(string.Join(" ", Methods.Sentences(scores)));
        page.Heading("Table 1");
        foreach (Block block in Table1Text.Blocks(table, scores, inference, cohorts))
        {
            page.Table(block);
        }

        page.List(Table1Text.Notes(table, scores, inference, cohorts), isNote: true);
        page.Heading("Training on fewer patients");
        page.Vector(new AblationFigure(scores, ablation).Svg(), $"Fig. 3. {AblationCaption.Text(scores, ablation)}");
        if (ablation.Trends.Count > 0)
        {
            page.Table(TrendText.Block(ablation.Trends, scores.Spec.Baseline));
            page.Paragraph(TrendText.Note, isNote: true);
        }

        if (ablation.Curves.Count > 0)
        {
            page.Picture(new LearningFigure(scores, ablation).Png(), LearningFigure.Caption);
            page.Table(CurveText.Block(ablation.Curves));
            page.Paragraph(CurveText.Note, isNote: true);
        }

        if (inference.Count > 0)
        {
            page.Heading("Seeds and patients");
            page.Picture(new SpreadFigure(scores, DifferenceSpread.Of(scores)).Png(), SpreadFigure.Caption);
        }

        if (cohorts.Count > 0)
        {
            page.Heading("Lesions and calibration");
            page.Picture(new FrocFigure(scores, content.Froc).Png(), FrocFigure.Caption);
            page.Picture(new ReliabilityFigure(scores, content.Reliability).Png(), ReliabilityFigure.Caption);
        }

        if (content.Gallery is { } examples)
        {
            page.Heading("Examples");
            page.Picture(examples.Png, $"Fig. 2. {examples.Caption}", isPage: true);
        }

        page.Heading("Checklist");
        page.Table("Items of CLAIM and Metrics Reloaded", Checklist.Headers, Checklist.Rows(scores, table, inference, cohorts), isProse: true);
        page.Details("The sweep's specification", Encoding.UTF8.GetString(CanonicalJson.Write(scores.Submitted)));
        return page.Bytes();
    }
}

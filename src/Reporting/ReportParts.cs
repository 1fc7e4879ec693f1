using AdvSeg.Core.Store;

namespace AdvSeg.Reporting;

/// <summary>How a part is shown on the sweep's page.</summary>
/// <param name="Caption">Its name.</param>
/// <param name="Alternative">What it shows, for those who do not see it.</param>
/// <param name="IsOfAblation">It is empty before folds are chosen.</param>
/// <param name="Text">The part with the words of its caption; null: its name says enough.</param>
public sealed record ShownFigure(string Caption, string Alternative, bool IsOfAblation, string? Text = null);

/// <summary>One file of a report.</summary>
/// <param name="Name">Its name.</param>
/// <param name="ContentType">Its media type.</param>
/// <param name="Make">Its content; the same results give the same bytes.</param>
public sealed record PartDefinition(string Name, string ContentType, Func<SweepReport, byte[]> Make)
{
    /// <summary>Whether the sweep has it.</summary>
    public Func<SweepReport, bool> IsThere { get; init; } = _ => true;

    /// <summary>Null for a part that pages list as a file alone.</summary>
    public ShownFigure? Figure { get; init; }
}

/// <summary>Every file of a report. A new one is an entry here, and what makes it.</summary>
public static class ReportParts
{
    /// <summary>In the order of lists; the last one marks a stored report as complete.</summary>
    public static IReadOnlyList<PartDefinition> All { get; } =
    [
        new("table1.csv", "text/csv", report => report.Table1Csv()),
        new("table1.md", "text/markdown", report => report.Table1Markdown()),
        new("table1.tex", "application/x-tex", report => report.Table1Latex()),
        new("inference.csv", "text/csv", report => report.InferenceCsv()) { IsThere = report => report.HasInference },
        new("detection.csv", "text/csv", report => report.DetectionCsv()) { IsThere = report => report.HasFindings },
        new("tuning.csv", "text/csv", report => report.TuningCsv()) { IsThere = report => report.Scores.Tried is not null },
        new("fig3.svg", "image/svg+xml", report => report.Fig3Svg())
        {
            Figure = new(
                "Fig. 3",
                "scores of each variant at each reduction level, and gains over the baseline. Table 1 and fig3.csv hold the numbers.",
                IsOfAblation: true,
                Text: "fig3.txt"),
        },
        new("fig3.png", "image/png", report => report.Fig3Png()),
        new("fig3.pdf", "application/pdf", report => report.Fig3Pdf()),
        new("fig3.csv", "text/csv", report => report.Fig3Csv()),
        new("fig3-column.svg", "image/svg+xml", report => report.Fig3Column().Svg()),
        new("fig3-column.png", "image/png", report => report.Fig3Column().Png()),
        new("fig3-column.pdf", "application/pdf", report => report.Fig3Column().Pdf()),
        new("fig3.txt", "text/plain", report => report.Fig3Caption()),
        new("fig4.svg", "image/svg+xml", report => report.Fig4().Svg())
        {
            IsThere = report => report.HasCurves,
            Figure = new("Fig. 4", "tumour DSC over the number of training patients; learning.csv holds the numbers.", IsOfAblation: true),
        },
        new("fig4.png", "image/png", report => report.Fig4().Png()) { IsThere = report => report.HasCurves },
        new("fig4.pdf", "application/pdf", report => report.Fig4().Pdf()) { IsThere = report => report.HasCurves },
        new("learning.csv", "text/csv", report => report.LearningCsv()) { IsThere = report => report.HasCurves },
        new("fig5.svg", "image/svg+xml", report => report.Fig5().Svg())
        {
            IsThere = report => report.HasFindings,
            Figure = new("Fig. 5", "lesions found over false alarms per patient; froc.csv holds the numbers.", IsOfAblation: false),
        },
        new("fig5.png", "image/png", report => report.Fig5().Png()) { IsThere = report => report.HasFindings },
        new("fig5.pdf", "application/pdf", report => report.Fig5().Pdf()) { IsThere = report => report.HasFindings },
        new("froc.csv", "text/csv", report => report.FrocCsv()) { IsThere = report => report.HasFindings },
        new("fig6.svg", "image/svg+xml", report => report.Fig6().Svg())
        {
            IsThere = report => report.HasFindings,
            Figure = new("Fig. 6", "reliability of the tumour probability in the gland; reliability.csv holds the numbers.", IsOfAblation: false),
        },
        new("fig6.png", "image/png", report => report.Fig6().Png()) { IsThere = report => report.HasFindings },
        new("fig6.pdf", "application/pdf", report => report.Fig6().Pdf()) { IsThere = report => report.HasFindings },
        new("reliability.csv", "text/csv", report => report.ReliabilityCsv()) { IsThere = report => report.HasFindings },
        new("fig7.svg", "image/svg+xml", report => report.Fig7().Svg())
        {
            IsThere = report => report.HasInference,
            Figure = new("Fig. 7", "differences from the baseline of single seeds and of single patients.", IsOfAblation: false),
        },
        new("fig7.png", "image/png", report => report.Fig7().Png()) { IsThere = report => report.HasInference },
        new("fig7.pdf", "application/pdf", report => report.Fig7().Pdf()) { IsThere = report => report.HasInference },
        new("fig2.png", "image/png", report => report.Fig2Png())
        {
            IsThere = report => report.HasGallery,
            Figure = new("Fig. 2", "slices with the expert's and each variant's tumour.", IsOfAblation: false, Text: "fig2.txt"),
        },
        new("fig2.txt", "text/plain", report => report.Fig2Caption()) { IsThere = report => report.HasGallery },
        new("report.html", "text/html", report => report.Html()),
        new(ArtifactKeys.ReportMarkerName, "application/json", report => report.SummaryJson()),
    ];

    /// <summary>The media type of a stored file; <c>application/octet-stream</c> for a file that this version does not make.</summary>
    public static string ContentTypeOf(string name) => All.FirstOrDefault(part => part.Name == name)?.ContentType ?? "application/octet-stream";
}

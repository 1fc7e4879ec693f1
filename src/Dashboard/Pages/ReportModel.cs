using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Reports;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Table 1, the figure and the files as far as they are; null while nothing is completed.</summary>
/// <param name="Status">The sweep.</param>
/// <param name="Table1">Of the completed runs.</param>
/// <param name="Files">Of the report.</param>
/// <param name="HasAblation">There are folds for Fig. 3 to show.</param>
public sealed record ReportModel(SweepStatus Status, Table1? Table1, IReadOnlyList<ReportEntry> Files, bool HasAblation)
{
    /// <summary>The figure's address changes when there is more to draw.</summary>
    public string Figure(string name) => $"/api/v1/sweeps/{Status.Sweep}/report/{name}?k={Status.Settled}{(Status.Reported ? "r" : "")}";
}

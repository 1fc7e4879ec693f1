using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Reports;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Table 1, the figures and the files as far as they are.</summary>
/// <param name="Status">The sweep.</param>
/// <param name="Report">As it was last computed; null before a run is completed, and while it is computed for the first time.</param>
/// <param name="Files">Of the report, with the sizes that are known.</param>
/// <param name="HasAblation">There are folds for Fig. 3 to show.</param>
/// <param name="Now">Now.</param>
public sealed record ReportModel(
    SweepStatus Status, Computed<LiveReport>? Report, IReadOnlyList<LiveFile> Files, bool HasAblation, DateTimeOffset Now)
{
    /// <summary>The page asks again, soon.</summary>
    public bool IsComputing => Report is null && Status.Completed > 0;

    /// <summary>More runs are settled than the report is of.</summary>
    public bool IsOld => Report is { } report && report.Version != SweepCatalog.VersionOf(Status);

    /// <summary>The figure's address changes when there is more to draw.</summary>
    public string Figure(string name) =>
        $"/api/v1/sweeps/{Status.Sweep}/report/{name}?k={Report?.Value.Settled ?? Status.Settled}{(Status.Reported ? "r" : "")}";
}

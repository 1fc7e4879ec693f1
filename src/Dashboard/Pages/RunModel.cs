using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Dashboard.Pages;

/// <summary>
/// What is known of one run: its result once it is completed, why it is where it is in each sweep that plans it, and what its running
/// attempt shows.
/// </summary>
/// <param name="Run">Run id.</param>
/// <param name="Spec">What was asked.</param>
/// <param name="Result">Null before it is completed, or where it cannot be read.</param>
/// <param name="Metrics">What its attempts measured.</param>
/// <param name="Whys">One for each sweep that plans it.</param>
/// <param name="Now">What its running attempt shows.</param>
/// <param name="Damage">What cannot be read of it: a sentence each.</param>
public sealed record RunModel(
    RunId Run,
    RunSpec Spec,
    RunResult? Result,
    IReadOnlyList<MetricPoint> Metrics,
    IReadOnlyList<Why> Whys,
    NowModel Now,
    IReadOnlyList<string> Damage)
{
    /// <summary>Selection DSC over steps: of the result, or of the metrics stored so far.</summary>
    public IReadOnlyList<(double X, double Y)> Dice => Result is { } result
        ? [.. result.Scores.Selection.Select(p => ((double)p.Step, p.Dice))]
        : [.. Metrics.Select(p => ((double)p.Step, p.SelectionDice))];

    public IReadOnlyList<(double X, double Y)> SegmentorLoss => [.. Metrics.Select(p => ((double)p.Step, p.SegmentorLoss))];

    public IReadOnlyList<(double X, double Y)> DiscriminatorLoss =>
        [.. Metrics.Where(p => p.DiscriminatorLoss is not null).Select(p => ((double)p.Step, p.DiscriminatorLoss!.Value))];
}

/// <summary>One line of a chart.</summary>
public sealed record Line(string Name, string Tone, IReadOnlyList<(double X, double Y)> Points);

namespace AdvSeg.Core.Runs;

/// <summary>Where an attempt stands; sent about once a second, kept only in memory.</summary>
public sealed record TrainingProgress
{
    public required int Step { get; init; }

    public required int Steps { get; init; }

    /// <summary>S steps per second of this attempt, 0 before the first second.</summary>
    public double StepsPerSecond { get; init; }

    /// <summary>Mean loss of S over the steps since the last evaluation; null before the first step.</summary>
    public double? SegmentorLoss { get; init; }

    /// <summary>The same of D, for schemes that have one.</summary>
    public double? DiscriminatorLoss { get; init; }

    /// <summary>The newest selection DSC and the best so far.</summary>
    public double? SelectionDice { get; init; }

    public double? BestSelectionDice { get; init; }
}

/// <summary>One evaluation's metrics, a line of <c>metrics-*.jsonl</c>; losses are means since the previous evaluation.</summary>
public sealed record MetricPoint(int Step, double SegmentorLoss, double? DiscriminatorLoss, double SelectionDice, double LearningRate);

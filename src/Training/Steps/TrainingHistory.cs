using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Training.Steps;

/// <summary>A <see cref="TrainingHistory"/> but its weights, as checkpoints keep it.</summary>
internal sealed record HistoryRecord(
    int Step, double SegmentorLossSum, double? DiscriminatorLossSum, int LossCount, IReadOnlyList<SelectionPoint> Selection);

/// <summary>What an attempt knows besides weights and moments: where it is, the selection curve and the best weights so far.</summary>
internal sealed class TrainingHistory
{
    private readonly List<SelectionPoint> _selection = [];

    /// <summary>S steps done.</summary>
    public int Step { get; private set; }

    public IReadOnlyList<SelectionPoint> Selection => _selection;

    /// <summary>The evaluation whose weights are kept: the first with the highest DSC.</summary>
    public SelectionPoint? Best { get; private set; }

    /// <summary>S's flat weights at <see cref="Best"/>, float32.</summary>
    public byte[] BestWeights { get; private set; } = [];

    /// <summary>Sums since the last evaluation.</summary>
    public double SegmentorLossSum { get; private set; }

    public double? DiscriminatorLossSum { get; private set; }

    public int LossCount { get; private set; }

    public double? SegmentorLoss => LossCount > 0 ? SegmentorLossSum / LossCount : null;

    /// <summary>Null for a scheme without D.</summary>
    public double? DiscriminatorLoss => DiscriminatorLossSum / LossCount;

    /// <summary>The reverse of <see cref="ToRecord"/>.</summary>
    public static TrainingHistory Of(HistoryRecord record, byte[] bestWeights)
    {
        var history = new TrainingHistory
        {
            Step = record.Step,
            BestWeights = bestWeights,
            SegmentorLossSum = record.SegmentorLossSum,
            DiscriminatorLossSum = record.DiscriminatorLossSum,
            LossCount = record.LossCount,
        };
        history._selection.AddRange(record.Selection);
        history.Best = history._selection.Count > 0 ? history._selection.MaxBy(point => point.Dice) : null;
        return history;
    }

    public HistoryRecord ToRecord() => new(Step, SegmentorLossSum, DiscriminatorLossSum, LossCount, [.. Selection]);

    public void AddStep() => Step++;

    /// <summary>Losses of a step that <see cref="AddStep"/> counted; they are read from the device some steps later.</summary>
    public void AddLosses(StepLosses losses)
    {
        SegmentorLossSum += losses.Segmentor;
        DiscriminatorLossSum = losses.Discriminator is { } loss ? (DiscriminatorLossSum ?? 0) + loss : null;
        LossCount++;
    }

    /// <summary>Adds an evaluation of the current step; an equal DSC keeps the earlier weights.</summary>
    /// <returns>The means since the evaluation before, as a metrics line.</returns>
    public MetricPoint AddEvaluation(double dice, AdamSpec optimizer, Func<byte[]> weights)
    {
        var point = new SelectionPoint(Step, dice);
        _selection.Add(point);
        if (Best is null || dice > Best.Dice)
        {
            Best = point;
            BestWeights = weights();
        }

        var metric = new MetricPoint(Step, SegmentorLossSum / LossCount, DiscriminatorLoss, dice, optimizer.RateAt(Step - 1));
        (SegmentorLossSum, DiscriminatorLossSum, LossCount) = (0, null, 0);
        return metric;
    }
}

using AdvSeg.Core.Runs;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Tests;

public sealed class TrainingHistoryTests
{
    [Fact]
    public void Best_OnEqualDice_StaysWithTheEarlierStep()
    {
        var history = new TrainingHistory();
        foreach ((double dice, byte weights) in ((double, byte)[])[(0, 1), (0.5, 2), (0.5, 3), (0.25, 4)])
        {
            history.AddStep();
            history.AddLosses(new StepLosses(1, null));
            history.AddEvaluation(dice, Small.Adam, () => [weights]);
        }

        Assert.Equal(2, history.Best!.Step);
        Assert.Equal([2], history.BestWeights);
    }

    [Fact]
    public void Metric_OfAnEvaluation_HoldsMeansSinceTheLastOneAndTheRateOfItsStep()
    {
        var history = new TrainingHistory();
        for (int step = 0; step < 11; step++)
        {
            history.AddStep();
            history.AddLosses(new StepLosses(step, 2 * step));
            if (step == 8)
            {
                history.AddEvaluation(0, Small.Adam, () => []);
            }
        }

        MetricPoint point = history.AddEvaluation(0.1, Small.Adam, () => []);

        Assert.Equal(new MetricPoint(11, SegmentorLoss: 9.5, DiscriminatorLoss: 19, SelectionDice: 0.1, LearningRate: 1e-3), point);
    }
}

using AdvSeg.Core;

namespace AdvSeg.Training.Tests;

public sealed class EvaluatorTests
{
    /// <summary>Six pixels counted by hand.</summary>
    [Fact]
    public void SliceScore_OfAPrediction_CountsTumourInTheFieldAndInTheGlandAndBothZones()
    {
        byte[] expert = [0, 0, 1, 1, 2, 3];
        byte[] predicted = [0, 1, 1, 2, 1, 3];

        SliceScore score = Evaluator.ScoreSlice(slice: 4, predicted, expert);

        Assert.Equal(
            new SliceScore(
                4,
                Tumour: new(TruePositive: 1, FalsePositive: 2, FalseNegative: 1, TrueNegative: 2),
                TumourInGland: new(TruePositive: 1, FalsePositive: 1, FalseNegative: 1, TrueNegative: 1),
                PeripheralZone: new(TruePositive: 0, FalsePositive: 1, FalseNegative: 1, TrueNegative: 4),
                TransitionZone: new(TruePositive: 1, FalsePositive: 0, FalseNegative: 0, TrueNegative: 5)),
            score);
    }

    [Fact]
    public void Predictions_OfManySlices_AreInTheirOrder()
    {
        using var cohort = new DisposableTensors();
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        int[] slices = [.. Enumerable.Range(0, 130).Select(i => (i * 7) % 30)];

        byte[] all = Evaluator.Predict(segmentor, cohort.Tensors, slices);

        const int Pixels = Small.Size * Small.Size;
        Assert.All([0, 64, 113, 114, 129], i =>
            Assert.Equal(Evaluator.Predict(segmentor, cohort.Tensors, [slices[i]]), all[(i * Pixels)..((i + 1) * Pixels)]));
    }
}

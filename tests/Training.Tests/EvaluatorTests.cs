using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Data;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Scoring;

namespace AdvSeg.Training.Tests;

public sealed class EvaluatorTests
{
    /// <summary>Six pixels counted by hand.</summary>
    [Fact]
    public void SliceScore_OfAPrediction_CountsTumourInTheFieldAndInTheGlandAndBothZones()
    {
        byte[] expert = [0, 0, 1, 1, 2, 3];
        byte[] predicted = [0, 1, 1, 2, 1, 3];

        SliceScore score = Evaluator.ScoreSlice(slice: 4, predicted, expert, CohortLayout.Paper);

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

    /// <summary>Six pixels whose logits lie below, on, between and above the thresholds -16, -15.75 to 16.</summary>
    [Fact]
    public void Curve_OfSixPixels_CountsThoseAtOrAboveEachThreshold()
    {
        ThresholdCurve curve = Evaluator.CurveOf([-20, -16, 0.1f, 0.25f, 16, 40], [1, 2, 1, 0, 3, 1]);

        Assert.Equal((-16, 0.25, 129), (curve.FirstLogit, curve.LogitStep, curve.Count));
        Assert.Equal([2, 2, 1, 1], new[] { 0, 64, 65, 128 }.Select(k => curve.TruePositive[k]));
        Assert.Equal([3, 2, 2, 2, 1, 1], new[] { 0, 1, 64, 65, 66, 128 }.Select(k => curve.FalsePositive[k]));
    }

    [Fact]
    public void Curve_EndsAtTheLastThresholdThatAPixelReaches()
    {
        ThresholdCurve curve = Evaluator.CurveOf([-15.9f, -15.4f, -30], [1, 0, 0]);

        Assert.Equal([1, 0, 0], curve.TruePositive);
        Assert.Equal([1, 1, 1], curve.FalsePositive);
        Assert.Equal(0, Evaluator.CurveOf([-30], [1]).Count);
    }

    /// <summary>The softmax in double precision, and a case that single precision could not tell from p = 1.</summary>
    [Fact]
    public void TumourLogit_OfLogits_IsTheLogitOfTheSoftmaxProbability()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        float[] logits = [0.5f, 30, -1.25f, -2, 2, 1, 0.75f, -3];
        var tensor = TorchSharp.torch.tensor(logits, [1, 4, 1, 2]);

        float[] found = [.. Evaluator.TumourLogit(tensor).data<float>()];

        for (int pixel = 0; pixel < 2; pixel++)
        {
            double[] powers = [.. Enumerable.Range(0, 4).Select(c => Math.Exp(logits[(2 * c) + pixel]))];
            Assert.Equal(Math.Log(powers[1] / (powers.Sum() - powers[1])), found[pixel], 1e-5);
        }
    }

    /// <summary>Of the very labels that were predicted, at the cohort's spacing; p4 is one of several patients in the tensors.</summary>
    [Fact]
    public void Score_OfPatients_HoldsWhatEveryMetricMeasures()
    {
        using var cohort = new DisposableTensors();
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);

        (List<PatientScore> scores, List<LabelMap> predictions) = Evaluator.Score(segmentor, cohort.Tensors, ["p4"]);

        CohortVolume expert = Small.Cohort.Patients.Single(p => p.Patient == "p4");
        PatientLabels labels = new(predictions[0].Labels, expert.Labels, expert.Slices, expert.Size, new(3, 1));
        Assert.Equal(Metric.All.Where(m => m.IsStored).Select(m => m.Key), scores[0].Values!.Select(v => v.Metric));
        Assert.Equal(Metric.Measure(labels), scores[0].Values!);
        PatientFindings findings = scores[0].Findings!;
        Assert.Equal(expert.Labels.Count(label => label != 0), findings.Reliability.Pixels.Sum());
        Assert.Equal(expert.Labels.Count(label => label == 1), findings.Reliability.Tumour.Sum());
        Assert.InRange(findings.Hits.Count, 0, findings.Lesions);
        Assert.True(findings.Lesions > 0);
        Assert.True(Metric.Hd95.Of(scores[0]) > 0);
    }

    /// <summary>
    /// The crop of 2 of 4 pixels holds one of p0's three tumour pixels and none of p1's: 1 of 3 at best, and 0, and both are counted.
    /// </summary>
    [Fact]
    public void Score_OfTumourBeyondTheCrop_CountsItAsMissed()
    {
        const int Full = 2 * Small.Size;
        CohortVolume near = Beyond("p0", inside: 1, outside: 2), far = Beyond("p1", inside: 0, outside: 3), whole = Beyond("p2", 2, 0);
        CohortVolume[] cropped = [.. new[] { near, far, whole }.Select(volume => volume.Crop(Small.Size))];
        var tensors = new CohortTensors(cropped, new(3, 1), TorchSharp.torch.CPU);
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);

        (List<PatientScore> scores, List<LabelMap> predictions) = Evaluator.Score(segmentor, tensors, ["p0", "p1", "p2"]);

        Assert.Equal([3, 3, 2], scores.Select(score => score.Tumour.TruePositive + score.Tumour.FalseNegative));
        Assert.Equal([2, 3, 0], scores.Select((score, i) =>
            score.Tumour.FalseNegative - Evaluator.ScoreSlice(0, predictions[i].Labels, cropped[i].Labels, CohortLayout.Paper).Tumour.FalseNegative));
        Assert.All(scores, score => Assert.Equal(Small.Size * Small.Size, score.Curve!.TruePositive[0] + score.Curve.FalsePositive[0]));
        Assert.Equal(0, scores[1].Tumour.Sensitivity);
        Assert.Equal(
            $"The crop of {Small.Size} pixels cuts 5 tumour pixels off 2 patient(s): p0 (2 of 3 pixels), p1 (3 of 3 pixels). They count as missed; a "
                + "larger cropSize would show them to the networks.",
            tensors.WhatIsCut);
        PatientLabels placed = tensors.LabelsOf(tensors["p0"], predictions[0].Labels);
        Assert.Equal((Full, 3), (placed.Size, placed.Expert.Span.Count((byte)1)));
        Assert.Equal(predictions[0].Labels.Count(label => label == 1), placed.Predicted.Span.Count((byte)1));
        byte[] back = tensors.LabelsOf(tensors["p0"], cropped[0].Labels).Predicted.ToArray();
        Assert.Equal(cropped[0].Labels, (near with { Labels = back }).Crop(Small.Size).Labels);
        tensors.Images.Dispose();
        tensors.Labels.Dispose();

        static CohortVolume Beyond(string patient, int inside, int outside)
        {
            var labels = new byte[Full * Full];
            labels.AsSpan(0, outside).Fill(1);
            labels.AsSpan(((Full / 2) * Full) + (Full / 2), inside).Fill(1);
            return new CohortVolume(patient, true, 1, Full, new float[CohortLayout.Paper.Channels.Count * Full * Full], labels);
        }
    }

    /// <summary>At logit 0 a pixel is tumour when p is at least one half, which the argmax then says as well.</summary>
    [Fact]
    public void Score_OfPatients_HasCurvesThatAgreeWithTheirPredictions()
    {
        using var cohort = new DisposableTensors();
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);

        PatientScore patient = Evaluator.Score(segmentor, cohort.Tensors, ["p4"]).Scores[0];

        (Confusion tumour, ThresholdCurve curve) = (patient.Tumour, patient.Curve!);
        Assert.InRange(curve.TruePositive[64] + curve.FalsePositive[64], 0, tumour.TruePositive + tumour.FalsePositive);
        Assert.Equal(
            (tumour.TruePositive + tumour.FalseNegative, tumour.FalsePositive + tumour.TrueNegative),
            (curve.TruePositive[0], curve.FalsePositive[0]));
        Assert.True(curve.TruePositive[^1] + curve.FalsePositive[^1] > 0);
        Assert.Equal(curve.FalsePositive.OrderDescending(), curve.FalsePositive);
    }
}

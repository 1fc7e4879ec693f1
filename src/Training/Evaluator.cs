using AdvSeg.Core;
using AdvSeg.Imaging;
using static TorchSharp.torch;

namespace AdvSeg.Training;

/// <summary>Predicts and counts. A pixel's class is the argmax of S's four logits.</summary>
internal static class Evaluator
{
    /// <summary>Pixels in one forward pass: large enough to hide call overhead, small enough for a worker's memory at 416 x 416.</summary>
    private const int PixelsPerPass = 1 << 16;

    /// <summary>Labels of the slices, one after another: slices x H x W.</summary>
    public static byte[] Predict(Segmentor segmentor, CohortTensors cohort, int[] slices)
    {
        int pixels = cohort.Size * cohort.Size;
        var labels = new byte[(long)slices.Length * pixels];
        using var noGraph = inference_mode();
        foreach ((int at, int[] part) in slices.Chunk(Math.Max(1, PixelsPerPass / pixels)).Select((part, i) => (i, part)))
        {
            using var scope = NewDisposeScope();
            Tensor index = tensor(Array.ConvertAll(part, slice => (long)slice), device: cohort.Images.device);
            Tensor classes = segmentor.Forward(cohort.Images.index_select(0, index)).argmax(1).to(uint8);
            TensorData.ToBytes(classes).CopyTo(labels, (long)at * Math.Max(1, PixelsPerPass / pixels) * pixels);
        }

        return labels;
    }

    /// <summary>Mean tumour DSC over the slices, all of which hold tumour.</summary>
    public static double MeanTumourDice(Segmentor segmentor, CohortTensors cohort, int[] tumourSlices)
    {
        int pixels = cohort.Size * cohort.Size;
        byte[] predicted = Predict(segmentor, cohort, tumourSlices);
        return tumourSlices.Select((slice, i) =>
            Count(predicted.AsSpan(i * pixels, pixels), cohort.SliceLabels(slice), LabelClass.Tumour).Dice!.Value).Average();
    }

    /// <summary>Predictions and counts of whole patients, in the given order.</summary>
    public static (List<PatientScore> Scores, List<LabelMap> Predictions) Score(Segmentor segmentor, CohortTensors cohort, IEnumerable<string> patients)
    {
        List<PatientScore> scores = [];
        List<LabelMap> predictions = [];
        int pixels = cohort.Size * cohort.Size;
        foreach (PatientSlices patient in patients.Select(id => cohort[id]))
        {
            byte[] predicted = Predict(segmentor, cohort, [.. Enumerable.Range(patient.First, patient.Count)]);
            predictions.Add(new LabelMap(patient.Patient, patient.Count, cohort.Size, predicted));
            scores.Add(new PatientScore(patient.Patient, [.. Enumerable.Range(0, patient.Count).Select(slice =>
                ScoreSlice(slice, predicted.AsSpan(slice * pixels, pixels), cohort.SliceLabels(patient.First + slice)))]));
        }

        return (scores, predictions);
    }

    internal static SliceScore ScoreSlice(int slice, ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> expert) => new(
        slice,
        Count(predicted, expert, LabelClass.Tumour),
        Count(predicted, expert, LabelClass.Tumour, inGlandOnly: true),
        Count(predicted, expert, LabelClass.PeripheralZone),
        Count(predicted, expert, LabelClass.TransitionZone));

    private static Confusion Count(ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> expert, LabelClass label, bool inGlandOnly = false)
    {
        Span<long> counts = stackalloc long[4];
        for (int i = 0; i < expert.Length; i++)
        {
            if (!inGlandOnly || expert[i] != (byte)LabelClass.Background)
            {
                counts[(expert[i] == (byte)label ? 2 : 0) + (predicted[i] == (byte)label ? 1 : 0)]++;
            }
        }

        return new Confusion(TruePositive: counts[3], FalsePositive: counts[1], FalseNegative: counts[2], TrueNegative: counts[0]);
    }
}

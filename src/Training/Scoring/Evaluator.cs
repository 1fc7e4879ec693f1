using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;

using static TorchSharp.torch;

namespace AdvSeg.Training.Scoring;

/// <summary>Predicts and counts. A pixel's class is the argmax of S's logits.</summary>
internal static class Evaluator
{
    /// <summary>Pixels in one forward pass: large enough to hide call overhead, small enough for a worker's memory at 416 x 416.</summary>
    private const int PixelsPerPass = 1 << 16;

    private const double FirstLogit = -16;
    private const double LogitStep = 0.25;
    private const int Thresholds = 129;

    /// <summary>Labels of the slices, one after another: slices x H x W.</summary>
    public static byte[] Predict(Segmentor segmentor, CohortTensors cohort, int[] slices) => Predict(segmentor, cohort, slices, null);

    private static byte[] Predict(Segmentor segmentor, CohortTensors cohort, int[] slices, float[]? tumourLogits)
    {
        int pixels = cohort.Size * cohort.Size;
        var labels = new byte[(long)slices.Length * pixels];
        int slicesPerPass = Math.Max(1, PixelsPerPass / pixels);
        using var noGraph = inference_mode();
        foreach ((int at, int[] part) in slices.Chunk(slicesPerPass).Select((part, i) => (i * slicesPerPass * pixels, part)))
        {
            using var scope = NewDisposeScope();
            Tensor logits_BCHW = segmentor.Forward(cohort.ImagesOf(Array.ConvertAll(part, slice => (long)slice)));
            TensorData.ToBytes(logits_BCHW.argmax(1).to(uint8)).CopyTo(labels, at);
            if (tumourLogits is not null)
            {
                byte[] logits = TensorData.ToBytes(TumourLogit(logits_BCHW));
                MemoryMarshal.Cast<byte, float>(logits).CopyTo(tumourLogits.AsSpan(at));
            }
        }

        return labels;
    }

    /// <summary>Softmax probabilities of all slices, by class: slices x H x W.</summary>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: an output is NaN or infinite.</exception>
    public static IReadOnlyList<float[]> Probabilities(Segmentor segmentor, CohortTensors cohort, string patient)
    {
        int pixels = cohort.Size * cohort.Size;
        int slices = (int)cohort.Images.shape[0];
        float[][] classes = [.. segmentor.Layout.Classes.Select(_ => new float[slices * pixels])];
        int slicesPerPass = Math.Max(1, PixelsPerPass / pixels);
        using var noGraph = inference_mode();
        for (int first = 0; first < slices; first += slicesPerPass)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(slicesPerPass, slices - first);
            Tensor p_BCHW = segmentor.Forward(cohort.Images.narrow(0, first, count)).softmax(1);
            for (int label = 0; label < classes.Length; label++)
            {
                byte[] values = TensorData.ToBytes(p_BCHW.select(1, label).contiguous());
                MemoryMarshal.Cast<byte, float>(values).CopyTo(classes[label].AsSpan(first * pixels));
            }
        }

        Array.ForEach(classes, values => RefuseNotFinite(values, patient));
        return classes;
    }

    /// <summary>
    /// B x classes x H x W logits to B x H x W values of log(p / (1 - p)), p the softmax probability of tumour: its logit minus the logsumexp of
    /// the others, which keeps its precision where p is 0 or 1 in single precision.
    /// </summary>
    internal static Tensor TumourLogit(Tensor logits)
    {
        const int Tumour = (int)LabelClass.Tumour;
        Tensor others_BCHW = cat([logits.narrow(1, 0, Tumour), logits.narrow(1, Tumour + 1, logits.shape[1] - Tumour - 1)], 1);
        return logits.select(1, Tumour) - others_BCHW.logsumexp(1);
    }

    /// <summary>Mean tumour DSC over the slices, all of which hold tumour, in the crop or beyond it.</summary>
    public static double MeanTumourDice(Segmentor segmentor, CohortTensors cohort, int[] tumourSlices)
    {
        int pixels = cohort.Size * cohort.Size;
        byte[] predicted = Predict(segmentor, cohort, tumourSlices);
        return tumourSlices.Select((slice, i) => (Missed(cohort.TumourCutOff(slice))
            + Count(predicted.AsSpan(i * pixels, pixels), cohort.SliceLabels(slice), LabelClass.Tumour)).Dice!.Value).Average();
    }

    /// <summary>Predictions and counts of whole patients, in the given order.</summary>
    public static (List<PatientScore> Scores, List<LabelMap> Predictions) Score(
        Segmentor segmentor, CohortTensors cohort, IEnumerable<string> patients)
    {
        List<PatientScore> scores = [];
        List<LabelMap> predictions = [];
        int pixels = cohort.Size * cohort.Size;
        foreach (PatientSlices patient in patients.Select(id => cohort[id]))
        {
            var tumourLogits = new float[patient.Count * pixels];
            byte[] predicted = Predict(segmentor, cohort, [.. Enumerable.Range(patient.First, patient.Count)], tumourLogits);
            RefuseNotFinite(tumourLogits, patient.Patient);
            predictions.Add(new LabelMap(patient.Patient, patient.Count, cohort.Size, predicted));
            SliceScore[] slices = [.. Enumerable.Range(0, patient.Count).Select(
                slice => ScoreSlice(cohort, patient, slice, predicted.AsSpan(slice * pixels, pixels)))];
            PatientLabels labels = cohort.LabelsOf(patient, predicted);
            scores.Add(new PatientScore(patient.Patient, slices)
            {
                Curve = CurveOf(tumourLogits, cohort.ExpertOf(patient).Span),
                Values = Metric.Measure(labels),
                Findings = Detection.Of(labels, tumourLogits, cohort.Size),
            });
        }

        return (scores, predictions);
    }

    /// <summary>Finite weights may overflow on an image; the class of such a pixel is no prediction, and its score no score.</summary>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: an output is NaN or infinite.</exception>
    internal static void RefuseNotFinite(ReadOnlySpan<float> tumourLogits, string patient)
    {
        foreach (float logit in tumourLogits)
        {
            if (!float.IsFinite(logit))
            {
                throw new TrainingException(
                    FailureClass.Divergence,
                    $"S gives the output {logit} on patient {patient}; its weights are too large to be those of a segmentor.");
            }
        }
    }

    /// <summary>Of a patient's slice, with the tumour that the crop cuts off.</summary>
    public static SliceScore ScoreSlice(CohortTensors cohort, PatientSlices patient, int slice, ReadOnlySpan<byte> predicted)
    {
        SliceScore seen = ScoreSlice(slice, predicted, cohort.SliceLabels(patient.First + slice), cohort.Layout);
        Confusion missed = Missed(cohort.TumourCutOff(patient.First + slice));
        return seen with { Tumour = seen.Tumour + missed, TumourInGland = seen.TumourInGland + missed };
    }

    internal static SliceScore ScoreSlice(int slice, ReadOnlySpan<byte> predicted, ReadOnlySpan<byte> expert, CohortLayout layout)
    {
        Confusion tumour = Count(predicted, expert, LabelClass.Tumour);
        Confusion inGland = Count(predicted, expert, LabelClass.Tumour, inGlandOnly: true);
        if (layout.ClassesIfNotPaper is null)
        {
            return new(
                slice, tumour, inGland, Count(predicted, expert, LabelClass.PeripheralZone), Count(predicted, expert, LabelClass.TransitionZone));
        }

        List<ClassCounts> others = [];
        for (int label = (int)LabelClass.Tumour + 1; label < layout.Classes.Count; label++)
        {
            others.Add(new ClassCounts(layout.Classes[label], Count(predicted, expert, (LabelClass)label)));
        }

        return new(slice, tumour, inGland) { Others = others };
    }

    /// <summary>Tumour beyond the crop was missed, whatever S says of what it sees; it lies in the gland, as all tumour does.</summary>
    private static Confusion Missed(int tumour) => Confusion.Zero with { FalseNegative = tumour };

    internal static ThresholdCurve CurveOf(ReadOnlySpan<float> tumourLogits, ReadOnlySpan<byte> expert)
    {
        // Entry k counts pixels at or above k thresholds and below the next, so sums from the end are those at or above threshold k - 1.
        var tumour = new long[Thresholds + 1];
        var other = new long[Thresholds + 1];
        for (int i = 0; i < expert.Length; i++)
        {
            int reached = (int)Math.Clamp(Math.Floor((tumourLogits[i] - FirstLogit) / LogitStep) + 1, 0, Thresholds);
            (expert[i] == (byte)LabelClass.Tumour ? tumour : other)[reached]++;
        }

        for (int k = Thresholds - 1; k > 0; k--)
        {
            tumour[k] += tumour[k + 1];
            other[k] += other[k + 1];
        }

        int end = 1 + Math.Max(Array.FindLastIndex(tumour, n => n > 0), Array.FindLastIndex(other, n => n > 0));
        return new ThresholdCurve(FirstLogit, LogitStep, tumour[1..end], other[1..end]);
    }

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

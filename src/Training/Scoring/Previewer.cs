using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Filters;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;

using static TorchSharp.torch;

namespace AdvSeg.Training.Scoring;

/// <summary>Segments up to three selection slices of a run, the same ones each time. Reads weights and draws nothing.</summary>
internal sealed class Previewer(RunSpec spec, Segmentor segmentor, CohortTensors cohort)
{
    private const int Slices = 3;
    private readonly Lazy<(PatientSlices Patient, int Slice)[]> _shown = new(() => Choose(spec, cohort));

    public TrainingPreview At(int step)
    {
        byte[] predicted = Evaluator.Predict(segmentor, cohort, [.. _shown.Value.Select(shown => shown.Patient.First + shown.Slice)]);
        int pixels = cohort.Size * cohort.Size;
        return new TrainingPreview(step, [.. _shown.Value.Select((shown, i) => SliceOf(shown, predicted.AsSpan(i * pixels, pixels).ToArray()))])
        {
            Classes = cohort.Layout.ClassesIfNotPaper,
        };
    }

    /// <summary>Of each patient the slice with most expert tumour; where patients are few, their next ones after.</summary>
    private static (PatientSlices Patient, int Slice)[] Choose(RunSpec spec, CohortTensors cohort)
    {
        var ranked =
            from patient in spec.Select.Select(id => cohort[id])
            from shown in Enumerable.Range(0, patient.Count)
                .Select(slice => (Slice: slice, Tumour: cohort.SliceLabels(patient.First + slice).Count((byte)LabelClass.Tumour)))
                .Where(slice => slice.Tumour > 0)
                .OrderByDescending(slice => slice.Tumour)
                .Select((slice, rank) => (slice.Slice, Rank: rank))
            orderby shown.Rank
            select (patient, shown.Slice);
        return [.. ranked.Take(Slices)];
    }

    private PreviewSlice SliceOf((PatientSlices Patient, int Slice) shown, byte[] predicted)
    {
        int slice = shown.Patient.First + shown.Slice;
        byte[] expert = cohort.SliceLabels(slice).ToArray();
        double dice = Evaluator.ScoreSlice(cohort, shown.Patient, shown.Slice, predicted).Tumour.Dice!.Value;
        return new PreviewSlice(shown.Patient.Patient, shown.Slice, cohort.Size, ImageOf(slice), expert, predicted, dice);
    }

    private byte[] ImageOf(int slice)
    {
        using var scope = NewDisposeScope();
        return GreyLevels.Of(MemoryMarshal.Cast<byte, float>(TensorData.ToBytes(cohort.ImagesOf([slice]).select(0, 0).select(0, 0))));
    }
}

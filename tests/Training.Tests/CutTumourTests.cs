using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Files;

namespace AdvSeg.Training.Tests;

/// <summary>Runs on cohorts of which a crop cuts tumour off: the score that chooses weights counts it as the scores of tables do.</summary>
public sealed class CutTumourTests : IDisposable
{
    private const int Crop = 12;
    private const byte Tumour = (byte)LabelClass.Tumour;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The kept weights' DSC by its definition, from their predictions and the labels before the crop.</summary>
    [Fact]
    public void Selection_OfTumourBeyondTheCrop_CountsItAsMissed()
    {
        Cohort cohort = Stored("p3", isMoved: slice => slice == 0, isAdded: _ => true);
        var session = new TestSession { Folder = _ => _folder.Under("cohort"), Previews = [] };
        RunSpec spec = Spec(cohort);

        TrainingOutcome.Trained trained = Train(spec, session);

        using Model model = Model.Read(trained.Files.Single(file => file.Name == "model.safetensors").Data, "model", Small.Numerics);
        Dictionary<string, byte[]> predicted = model.Score(cohort).Predictions.ToDictionary(map => map.Patient, map => map.Labels);
        CohortVolume[] selection = [.. cohort.Patients.Where(patient => spec.Select.Contains(patient.Patient))];
        (int Seen, int All, double Dice)[] slices =
        [
            .. from patient in selection
               from slice in Enumerable.Range(0, patient.Slices)
               let mine = predicted[patient.Patient].AsSpan(slice * Crop * Crop, Crop * Crop).ToArray()
               let seen = patient.Crop(Crop).SliceLabels(slice).ToArray()
               let hit = mine.Zip(seen).Count(pair => pair is (Tumour, Tumour))
               let all = patient.SliceLabels(slice).Count(Tumour)
               select (seen.Count(label => label == Tumour), all, 2.0 * hit / (mine.Count(label => label == Tumour) + all)),
        ];
        Assert.Equal(Small.Slices, slices.Length);
        Assert.Contains(slices, slice => slice.Seen == 0);
        Assert.Contains(slices, slice => slice.Seen < slice.All && slice.Dice > 0);
        Assert.Equal(
            slices.Average(slice => slice.Dice), trained.Scores.Selection.Single(point => point.Step == trained.Scores.SelectedStep).Dice, 12);
        int shown = session.Previews.FindLastIndex(preview => preview.Step == trained.Scores.SelectedStep);
        Assert.Equal(2, session.Previews[shown].Slices.Count);
        Assert.All(session.Previews[shown].Slices, slice => Assert.Equal(slices[slice.Slice].Dice, slice.Dice, 12));
    }

    [Fact]
    public void Selection_WhoseWholeTumourIsCutOff_NamesPatientPixelsCropAndRemedy()
    {
        Cohort cohort = Stored("p3", isMoved: _ => true, isAdded: _ => true);

        var refused = Assert.Throws<TrainingException>(
            () => Train(Spec(cohort), new TestSession { Folder = _ => _folder.Under("cohort") }));

        Assert.Equal(FailureClass.Data, refused.Failure);
        Assert.Equal(
            "The crop of 12 pixels cuts off all tumour of every selection patient: p3 (27 of 27 pixels); every network would score 0, and none "
                + "could be selected. Use a larger protocol.cropSize, or other folds.",
            refused.Message);
    }

    private static RunSpec Spec(Cohort cohort) =>
        Small.Spec("cross-entropy") with { CohortDigest = cohort.Digest, Protocol = Small.Protocol with { CropSize = Crop, Steps = 60 } };

    private static TrainingOutcome.Trained Train(RunSpec spec, TestSession session) =>
        Assert.IsType<TrainingOutcome.Trained>(new Trainer(Small.Numerics).Train(spec, session));

    /// <summary>The small cohort, in which some slices of one patient have tumour in a corner, instead of what they had or besides.</summary>
    private Cohort Stored(string patient, Func<int, bool> isMoved, Func<int, bool> isAdded)
    {
        var cohort = Cohort.Create(
            "Cut", 1, Small.Cohort.Patients.Select(
                volume => volume.Patient == patient ? volume with { Labels = Moved(volume, isMoved, isAdded) } : volume));
        Cohort.Save(_folder.Under("cohort"), cohort);
        return cohort;
    }

    private static byte[] Moved(CohortVolume volume, Func<int, bool> isMoved, Func<int, bool> isAdded)
    {
        byte[] labels = [.. volume.Labels];
        foreach (int slice in Enumerable.Range(0, volume.Slices).Where(isAdded))
        {
            Span<byte> plane = labels.AsSpan(slice * Small.Size * Small.Size, Small.Size * Small.Size);
            if (isMoved(slice))
            {
                plane.Replace(Tumour, (byte)LabelClass.PeripheralZone);
            }

            for (int row = 0; row < 3; row++)
            {
                plane.Slice(row * Small.Size, 3).Fill(Tumour);
            }
        }

        return labels;
    }
}

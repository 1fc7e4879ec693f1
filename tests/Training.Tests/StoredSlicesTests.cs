using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>A cohort that is larger than its limit trains, selects, shows and scores as one in memory, to the bit.</summary>
public sealed class StoredSlicesTests : IDisposable
{
    /// <summary>Two of the cohort's 30 slices.</summary>
    private const int TwoSlices = 2 * Small.Size * Small.Size * 13;

    private static readonly FileReads Reads = new(TimeProvider.System);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("adversarial")]
    [InlineData("cross-entropy")]
    public void Run_OverSlicesInFiles_EndsBitIdentical(string scheme)
    {
        (TestSession inMemory, TestSession inFiles) = (new() { Previews = [] }, new() { Previews = [] });

        TrainingOutcome.Trained expected = Train(new Trainer(Small.Numerics), scheme, inMemory);
        TrainingOutcome.Trained actual = Train(new Trainer(Small.Numerics, cohortBytes: 2 * TwoSlices), scheme, inFiles);

        Assert.Equal(expected.WeightsDigest, actual.WeightsDigest);
        Assert.Equal(Digest.OfJson(expected.Scores), Digest.OfJson(actual.Scores));
        Assert.All(expected.Files.Zip(actual.Files), files => Assert.Equal(files.First.Data, files.Second.Data));
        Assert.Equal(Digest.OfJson(inMemory.Previews), Digest.OfJson(inFiles.Previews));
    }

    [Fact]
    public void Cohort_InFiles_HoldsNoMoreSlicesThanItsLimit()
    {
        CohortManifest manifest = CohortFolder.ReadManifest(Small.CohortFolder);
        var slices = new StoredSlices(
            new CohortSlices(Small.CohortFolder, manifest, Small.Size), manifest.Patients, manifest.Channels.Count, Small.Size, TwoSlices,
            Reads);

        slices.Load([0, 1, 2, 3, 2, 29], CancellationToken.None);
        Assert.Equal(2, slices.Count);

        var images = new float[3 * Small.Size * Small.Size];
        var labels = new byte[Small.Size * Small.Size];
        foreach (int slice in (int[])[29, 3, 29, 0])
        {
            slices.Copy(slice, images, labels);
            CohortVolume patient = Small.Cohort.Patients[slice / Small.Slices];
            Assert.Equal(patient.SliceImage(slice % Small.Slices, 1), images.AsSpan(labels.Length, labels.Length));
            Assert.Equal(patient.SliceLabels(slice % Small.Slices), labels);
            Assert.Equal(2, slices.Count);
        }
    }

    /// <summary>A crop that cuts tumour off and leaves an odd border.</summary>
    [Fact]
    public void Cohort_InFilesCropped_IsThatInMemory()
    {
        const int Crop = 9;
        Cohort.Save(_folder.Under("cohort"), Small.Cohort);
        CohortManifest manifest = CohortFolder.ReadManifest(_folder.Under("cohort"));
        using var memory = new CohortTensors(_folder.Under("cohort"), manifest, Crop, CPU, long.MaxValue, Reads);
        using var files = new CohortTensors(_folder.Under("cohort"), manifest, Crop, CPU, limit: 1, Reads);

        Assert.Equal((false, true), (memory.IsStored, files.IsStored));
        Assert.NotNull(memory.WhatIsCut);
        Assert.Equal(memory.WhatIsCut, files.WhatIsCut);
        foreach (PatientSlices patient in memory.Patients.Select(id => memory[id]))
        {
            Assert.Equal(patient, files[patient.Patient]);
            long[] slices = [.. Enumerable.Range(patient.First, patient.Count).Select(slice => (long)slice)];
            Assert.Equal(TensorData.ToBytes(memory.ImagesOf(slices)), TensorData.ToBytes(files.ImagesOf(slices)));
            Assert.Equal(memory.ExpertOf(patient).ToArray(), files.ExpertOf(patient).ToArray());
            var predicted = new byte[patient.Count * Crop * Crop];
            (PatientLabels one, PatientLabels other) = (memory.LabelsOf(patient, predicted), files.LabelsOf(patient, predicted));
            Assert.Equal(one.Size, other.Size);
            Assert.Equal(one.Expert.ToArray(), other.Expert.ToArray());
            Assert.Equal(
                Enumerable.Range(patient.First, patient.Count).Select(memory.TumourCutOff),
                Enumerable.Range(patient.First, patient.Count).Select(files.TumourCutOff));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_000_000)]
    public void Cohort_CroppedToWhatItHasNot_IsRefusedBeforeAnythingIsAllocated(int crop)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(Small.CohortFolder);
        var refused =
            Assert.Throws<Core.Errors.SpecException>(() => new CohortTensors(Small.CohortFolder, manifest, crop, CPU, long.MaxValue, Reads));
        Assert.StartsWith($"Cannot crop slices of {Small.Size} pixels to {crop}", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Another attempt may find the file; one that was cut short stays so.</summary>
    [Theory]
    [InlineData(false, FailureClass.Code, "The file of patient p0 cannot be read, tried 4 times: Could not find file '.../p0.advseg'.")]
    [InlineData(true, FailureClass.Data, "The file of patient p0 is shorter than its manifest says")]
    public void Run_WhoseCohortVanishesOrIsCutShort_SaysWhichPatientAndFailsAsItsClass(bool isCut, FailureClass failure, string message)
    {
        Cohort.Save(_folder.Under("cohort"), Small.Cohort);
        string file = _folder.Under("cohort/patients/p0.advseg");
        void Break()
        {
            if (isCut)
            {
                File.WriteAllBytes(file, []);
            }
            else
            {
                File.Delete(file);
            }
        }

        var refused = Assert.Throws<TrainingException>(() => new Trainer(Small.Numerics, new WaitsOfTheTest(() => { }), cohortBytes: 1)
            .Train(Small.Spec(), At(step: 3, Break)));

        Assert.Equal(failure, refused.Failure);
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WhoseFilesAreAwayForAMoment_EndsBitIdentical()
    {
        Cohort.Save(_folder.Under("cohort"), Small.Cohort);
        (string there, string away) = (_folder.Under("cohort/patients"), _folder.Under("away"));
        int waits = 0;
        var gate = new Lock();
        var clock = new WaitsOfTheTest(() =>
        {
            lock (gate)
            {
                waits++;
                if (Directory.Exists(away))
                {
                    Directory.Move(away, there);
                }
            }
        });

        TrainingOutcome.Trained actual = Train(
            new Trainer(Small.Numerics, clock, cohortBytes: 1), "adversarial", At(step: 3, () => Directory.Move(there, away)));

        Assert.True(waits > 0);
        Assert.Equal(Train(new Trainer(Small.Numerics), "adversarial", new TestSession()).WeightsDigest, actual.WeightsDigest);
    }

    /// <summary>Something happens to the folder at one step boundary.</summary>
    private TestSession At(int step, Action happens) => new()
    {
        Folder = _ => _folder.Under("cohort"),
        WantsCheckpoint = now =>
        {
            if (now == step)
            {
                happens();
            }

            return false;
        },
    };

    private static TrainingOutcome.Trained Train(Trainer trainer, string scheme, TestSession session) =>
        Assert.IsType<TrainingOutcome.Trained>(trainer.Train(Small.Spec(scheme), session));
}

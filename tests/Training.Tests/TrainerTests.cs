using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Files;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Tests;

public sealed class TrainerTests
{
    private static readonly Trainer Trainer = new(Small.Numerics);

    public static TheoryData<string> Schemes => [.. Small.Schemes.Keys];

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Run_KilledAtEveryThirdStepAndResumed_EndsBitIdentical(string scheme)
    {
        RunSpec spec = Small.Spec(scheme);
        var whole = new TestSession();
        TrainingOutcome.Trained expected = Train(spec, whole);
        byte[]? checkpoint = null;
        TrainingOutcome outcome;
        List<MetricPoint> metrics = [];
        do
        {
            // Three steps, a checkpoint, then two steps that nobody saves.
            var session = new TestSession(boundary => boundary == 5 ? StopRequest.Abandon : StopRequest.None, checkpoint)
            {
                WantsCheckpoint = step => step % 3 == 0,
            };
            outcome = Trainer.Train(spec, session);
            checkpoint = session.Saved.Count > 0 ? session.Saved[^1].Data : checkpoint;
            metrics.AddRange(session.Metrics);
        }
        while (outcome is TrainingOutcome.Stopped);

        AssertSame(expected, Assert.IsType<TrainingOutcome.Trained>(outcome));
        Assert.Equal(whole.Metrics, metrics.DistinctBy(point => point.Step));
    }

    [Fact]
    public void Run_Drained_SavesItsStepAndGoesOnFromThere()
    {
        var drained = new TestSession(boundary => boundary == 7 ? StopRequest.Checkpoint : StopRequest.None);
        Assert.Equal(new TrainingOutcome.Stopped(7, Saved: true), Trainer.Train(Small.Spec(), drained));
        Assert.Equal(7, Assert.Single(drained.Saved).Step);

        var resumed = new TestSession(checkpoint: drained.Saved[0].Data);
        AssertSame(Train(Small.Spec(), new TestSession()), Train(Small.Spec(), resumed));
        Assert.Equal([10, 15, 20], resumed.Metrics.Select(point => point.Step));
    }

    [Fact]
    public void Run_Abandoned_SavesNothing()
    {
        var session = new TestSession(boundary => boundary == 4 ? StopRequest.Abandon : StopRequest.None);
        Assert.Equal(new TrainingOutcome.Stopped(4, Saved: false), Trainer.Train(Small.Spec(), session));
        Assert.Empty(session.Saved);
    }

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Run_SeenAtEveryStep_EndsBitIdentical(string scheme)
    {
        var seen = new TestSession { Previews = [] };

        TrainingOutcome.Trained outcome = Train(Small.Spec(scheme), seen);

        AssertSame(Train(Small.Spec(scheme), new TestSession()), outcome);
        Assert.Equal(Enumerable.Range(0, 21), seen.Previews.Select(preview => preview.Step));
    }

    [Fact]
    public void Preview_OfTheWholeSelection_HasTheScoresOfItsEvaluations()
    {
        RunSpec spec = Small.Spec("cross-entropy");
        var seen = new TestSession { Previews = [] };

        Train(spec, seen);

        Dictionary<int, double> shown = seen.Previews.ToDictionary(preview => preview.Step, preview => preview.Slices.Average(slice => slice.Dice));
        Assert.All(seen.Metrics, point => Assert.Equal(point.SelectionDice, shown[point.Step], 12));
        Assert.Contains(seen.Metrics, point => point.SelectionDice > 0);
        CohortVolume patient = Small.Cohort.Patients.Single(volume => volume.Patient == "p3");
        Assert.All(seen.Previews[^1].Slices, slice => Assert.Equal(patient.SliceLabels(slice.Slice).ToArray(), slice.Expert));
        Assert.All(seen.Previews[^1].Slices, slice => Assert.Equal((byte.MinValue, byte.MaxValue), (slice.Image.Min(), slice.Image.Max())));
    }

    [Fact]
    public void Preview_OfSeveralSelectionPatients_ShowsTheLargestTumourOfEachFirstAndTheSameSlicesAlways()
    {
        RunSpec spec = Small.Spec("cross-entropy") with { Select = ["p2", "p3"], TrainPositive = ["p0", "p1"] };
        var seen = new TestSession { Previews = [] };

        Train(spec, seen);

        Assert.Equal(["p2", "p3", "p2"], seen.Previews[0].Slices.Select(slice => slice.Patient));
        Assert.All(seen.Previews, preview => Assert.Equal(Shown(seen.Previews[0]), Shown(preview)));
        int[] tumour = [.. seen.Previews[0].Slices.Select(slice => slice.Expert.Count((byte)LabelClass.Tumour))];
        CohortVolume first = Small.Cohort.Patients.Single(volume => volume.Patient == "p2");
        Assert.Equal(Enumerable.Range(0, first.Slices).Max(slice => first.SliceLabels(slice).Count((byte)LabelClass.Tumour)), tumour[0]);
        Assert.True(tumour[0] >= tumour[2] && tumour[2] > 0);

        static IEnumerable<(string, int)> Shown(TrainingPreview preview) => preview.Slices.Select(slice => (slice.Patient, slice.Slice));
    }

    [Fact]
    public async Task Runs_InParallelThreads_GiveTheirSoloResults()
    {
        string[] schemes = ["cross-entropy", "adversarial", "hybrid"];
        TrainingOutcome.Trained[] solo = [.. schemes.Select(scheme => Train(Small.Spec(scheme), new TestSession()))];

        TrainingOutcome.Trained[] together = await Task.WhenAll(schemes.Select(scheme =>
            Task.Factory.StartNew(
                () => Train(Small.Spec(scheme), new TestSession()),
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

        Assert.All(solo.Zip(together), pair => AssertSame(pair.First, pair.Second));
    }

    [Fact]
    public void Run_Completed_ScoresEveryHeldOutPatientAndLeavesAModelThatPredictsThem()
    {
        RunSpec spec = Small.Spec("cross-entropy") with { EvaluationCohortDigest = Small.Cohort.Digest };
        TrainingOutcome.Trained trained = Train(spec, new TestSession());

        Assert.Equal(spec.Test, trained.Scores.HeldOut.Select(patient => patient.Patient));
        Assert.Equal(Small.Cohort.Patients.Select(patient => patient.Patient), trained.Scores.Evaluation!.Select(patient => patient.Patient));
        Assert.All(trained.Scores.HeldOut, patient => Assert.Equal(Small.Slices, patient.Slices.Count));
        Assert.All(trained.Scores.HeldOut.Concat(trained.Scores.Evaluation!), patient => Assert.NotNull(patient.Curve));
        Assert.Equal([5, 10, 15, 20], trained.Scores.Selection.Select(point => point.Step));
        double best = trained.Scores.Selection.Max(point => point.Dice);
        Assert.Equal(trained.Scores.Selection.First(point => point.Dice == best).Step, trained.Scores.SelectedStep);

        OutputFile file = trained.Files.Single(output => output.Name == "predictions.bin");
        IReadOnlyList<LabelMap> predictions = LabelMaps.Read(file.Data, file.Name);
        using Model model = Model.Read(trained.Files.Single(output => output.Name == "model.safetensors").Data, "the model", Small.Numerics);
        Dictionary<string, LabelMap> again = model.Score(Small.Cohort).Predictions.ToDictionary(map => map.Patient);
        Assert.Equal(spec.Test, predictions.Select(map => map.Patient));
        Assert.All(predictions, map => Assert.Equal(map.Labels, again[map.Patient].Labels));
    }

    [Fact]
    public void Steps_OfAHugeLearningRate_FailAsDivergenceNamingTheLossAndTheStep()
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(Huge(1e38), cohort.Tensors, TorchSharp.torch.CPU);
        var e = Assert.Throws<TrainingException>(() =>
        {
            for (int step = 0; step < 20; step++)
            {
                learner.Step(step);
            }
        });
        Assert.Equal(FailureClass.Divergence, e.Failure);
        Assert.Matches("L_S became .* in step [0-9]+", e.Message);
    }

    /// <summary>A run that no sweep file may ask for is not trained either, whoever granted it.</summary>
    [Fact]
    public void Run_BeyondTheLimitsOfSweepFiles_FailsAsDataByTheSameRule()
    {
        var e = Assert.Throws<TrainingException>(() => Trainer.Train(Huge(11), new TestSession()));
        Assert.Equal(FailureClass.Data, e.Failure);
        Assert.Equal("The run cannot be trained: learningRate is 11; use a number above 0, at most 10.", e.Message);
    }

    [Fact]
    public void Run_OfAnUnknownPatientOrAnImpossibleNetwork_FailsAsData()
    {
        RunSpec spec = Small.Spec();
        RunSpec[] refused =
            [spec with { Test = ["nobody"] }, spec with { Select = ["p6"] }, spec with { Segmentor = Small.Segmentor with { Levels = 5 } }];
        foreach (RunSpec bad in refused)
        {
            Assert.Equal(FailureClass.Data, Assert.Throws<TrainingException>(() => Trainer.Train(bad, new TestSession())).Failure);
        }
    }

    private static RunSpec Huge(double rate) =>
        Small.Spec("cross-entropy") with { Scheme = new CrossEntropyScheme { Optimizer = Small.Adam with { LearningRate = rate } } };

    [Fact]
    public void Run_ForAnotherRevisionOrOtherNumerics_IsRefused()
    {
        RunSpec spec = Small.Spec();
        foreach (RunSpec other in (RunSpec[])[spec with { TrainerRevision = 2 }, spec with { Numerics = Small.Numerics with { Threads = 2 } }])
        {
            Assert.Equal(FailureClass.Code, Assert.Throws<TrainingException>(() => Trainer.Train(other, new TestSession())).Failure);
        }
    }

    private static TrainingOutcome.Trained Train(RunSpec spec, ITrainingSession session) =>
        Assert.IsType<TrainingOutcome.Trained>(Trainer.Train(spec, session));

    private static void AssertSame(TrainingOutcome.Trained expected, TrainingOutcome.Trained actual)
    {
        Assert.Equal(expected.WeightsDigest, actual.WeightsDigest);
        Assert.Equal(RunResult.DigestOf(expected.Scores, expected.WeightsDigest), RunResult.DigestOf(actual.Scores, actual.WeightsDigest));
        Assert.Equal(CanonicalJson.Write(expected.Scores), CanonicalJson.Write(actual.Scores));
        Assert.All(expected.Files.Zip(actual.Files), pair => Assert.Equal(pair.First.Data, pair.Second.Data));
    }
}

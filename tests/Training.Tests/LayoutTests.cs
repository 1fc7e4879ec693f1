using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Data;
using AdvSeg.Training.Files;
using AdvSeg.Training.Networks;

namespace AdvSeg.Training.Tests;

/// <summary>Cohorts with other channels and classes than the paper's: trained, stored, read again and predicted with.</summary>
public sealed class LayoutTests : IDisposable
{
    private static readonly Trainer Trainer = new(Small.Numerics);
    private readonly TempFolder _folder = new();

    [Theory]
    [InlineData("adversarial", 1, 2)]
    [InlineData("dice-ce", 1, 2)]
    [InlineData("hybrid", 8, 16)]
    [InlineData("minimax", 5, 3)]
    public void Run_OfAnyLayout_IsResumedBitForBitAndItsModelKnowsTheLayout(string scheme, int channels, int classes)
    {
        Cohort cohort = Save("own", Small.Layout(channels, classes));
        RunSpec spec = Spec(cohort, scheme);

        TrainingOutcome.Trained whole = Train(spec, new TestSession { Folder = _ => _folder.Under("own") });
        var stopped = new TestSession(boundary => boundary == 3 ? StopRequest.Checkpoint : StopRequest.None) { Folder = _ => _folder.Under("own") };
        Assert.IsType<TrainingOutcome.Stopped>(Trainer.Train(spec, stopped));
        TrainingOutcome.Trained resumed =
            Train(spec, new TestSession(checkpoint: stopped.Saved[^1].Data) { Folder = _ => _folder.Under("own") });

        Assert.Equal(whole.WeightsDigest, resumed.WeightsDigest);
        using Model model = Model.Read(whole.Files[0].Data, "model.safetensors", Small.Numerics);
        Assert.Equal(cohort.Manifest.Layout, model.Layout);
        (IReadOnlyList<PatientScore> scores, IReadOnlyList<LabelMap> predictions) = model.Score(cohort);
        Assert.Equal(cohort.Patients.Count, scores.Count);
        Assert.All(predictions, map => Assert.True(map.Labels.Max() < classes));
        LabelMaps.Read(whole.Files[1].Data, "predictions.bin");
        SliceScore slice = whole.Scores.HeldOut[0].Slices[0];
        Assert.Null(slice.PeripheralZone);
        Assert.Equal(cohort.Manifest.Layout.Classes.Skip(2), slice.Others!.Select(other => other.Class));
        Assert.All(slice.Others!, other => Assert.Equal(Small.Size * Small.Size, Sum(other.Counts)));
    }

    /// <summary>The paper's layout, named or not, is one: its model's bytes name neither channels nor classes.</summary>
    [Fact]
    public void Model_OfThePapersLayout_NamesNoChannels()
    {
        using var paper = new Segmentor(Small.Segmentor, Small.Size, Small.Seed, layout: CohortLayout.Paper);
        using var other = new Segmentor(Small.Segmentor, Small.Size, Small.Seed, layout: Small.Layout(3, 4));

        using Model read = Model.Read(Model.Write(Small.Spec(), 1, paper), "m", Small.Numerics);
        using Model named = Model.Read(Model.Write(Small.Spec(), 1, other), "m", Small.Numerics);

        Assert.DoesNotContain("channels", read.Metadata.Keys);
        Assert.Equal(CohortLayout.Paper, read.Layout);
        Assert.Equal(Small.Layout(3, 4), named.Layout);
    }

    [Fact]
    public void Model_OnACohortOfOtherNames_IsRefusedNamingBoth()
    {
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed, layout: Small.Layout(3, 4));
        using Model model = Model.Read(Model.Write(Small.Spec(), 1, segmentor), "m", Small.Numerics);

        string message = Assert.Throws<SpecException>(() => model.Score(Small.Cohort)).Message;

        Assert.Contains(
            "The model has the channels channel0, channel1, channel2 and classes background, lesion, class2, class3, the cohort has the channels "
                + "T2w, ADC, b1500 and classes background, tumour, peripheral-zone, transition-zone; import a cohort with",
            message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithAnEvaluationCohortOfAnotherLayout_IsRefusedAsData()
    {
        Cohort cohort = Save("own", Small.Layout(1, 2));
        Cohort other = Save("other", Small.Layout(2, 2));
        RunSpec spec = Spec(cohort, "cross-entropy") with { EvaluationCohortDigest = other.Digest };
        int boundaries = 0;
        StopRequest Count(int boundary)
        {
            boundaries++;
            return StopRequest.None;
        }

        var session = new TestSession(Count) { Folder = digest => _folder.Under(digest == other.Digest ? "other" : "own") };

        var e = Assert.Throws<TrainingException>(() => Trainer.Train(spec, session));

        Assert.Equal(FailureClass.Data, e.Failure);
        Assert.Contains("has the channels channel0, channel1 and classes", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, boundaries);
    }

    /// <summary>Before channels were named, a model said none and a cohort's three had any names.</summary>
    [Fact]
    public void Model_ThatNamesNoChannels_IsScoredOnACohortOfBeforeWhateverItsNames()
    {
        Cohort cohort = Save("before", new CohortLayout(["t2", "adc", "b=1500"], CohortLayout.Paper.Classes));
        using var segmentor = new Segmentor(Small.Segmentor, Small.Size, Small.Seed, layout: CohortLayout.Paper);
        using Model model = Model.Read(Model.Write(Small.Spec(), 1, segmentor), "m", Small.Numerics);

        Assert.Equal(cohort.Patients.Count, model.Score(cohort).Scores.Count);
    }

    /// <summary>By their names, wherever they stand, and of the uncut slices, too; where no class has the name, nothing is measured of it.</summary>
    [Theory]
    [InlineData(Small.Size)]
    [InlineData(Small.Size / 2)]
    public void Labels_OfClassesInAnotherOrder_HaveZonesByTheirNames(int crop)
    {
        PatientLabels Of(params string[] classes)
        {
            CohortLayout layout = new(["T2w"], ["background", "tumour", .. classes]);
            var labels = new byte[Small.Size * Small.Size];
            labels[0] = 1;
            var volume = new CohortVolume("p0", true, 1, Small.Size, new float[labels.Length], labels);
            var tensors = new CohortTensors([volume.Crop(crop)], new(3, 1), TorchSharp.torch.CPU, layout);
            PatientLabels found = tensors.LabelsOf(tensors["p0"], new byte[crop * crop]);
            tensors.Images.Dispose();
            tensors.Labels.Dispose();
            return found;
        }

        PatientLabels paper = Of("peripheral-zone", "transition-zone"), turned = Of("transition-zone", "peripheral-zone"), none = Of();

        Assert.Equal(Small.Size, paper.Size);
        Assert.Equal(ZoneValues.Paper, paper.Zones);
        Assert.Equal(new ZoneValues(3, 2), turned.Zones);
        Assert.Equal(default, none.Zones);
        Assert.Equal([true, true, false], new[] { paper, turned, none }.Select(labels => labels.TellsGland));
        Assert.DoesNotContain(Metric.Measure(none)!, v => v.Metric == Metric.PeripheralDice.Key || v.Metric == Metric.TransitionDice.Key);
    }

    public void Dispose() => _folder.Dispose();

    private static TrainingOutcome.Trained Train(RunSpec spec, TestSession session) =>
        Assert.IsType<TrainingOutcome.Trained>(Trainer.Train(spec, session));

    private static RunSpec Spec(Cohort cohort, string scheme) => SmallSpecs.Run(cohort.Digest, Small.Schemes[scheme]) with
    {
        Protocol = Small.Protocol with { Steps = 6, EvaluateEvery = 3, BatchSize = cohort.Manifest.Channels.Count == 1 ? 1 : 5 },
        Numerics = Small.Numerics,
    };

    private static long Sum(Confusion counts) => counts.TruePositive + counts.FalsePositive + counts.FalseNegative + counts.TrueNegative;

    /// <summary>Ten patients of two slices with every class as noise; p0 to p5 have tumour.</summary>
    private Cohort Save(string name, CohortLayout layout)
    {
        const int Slices = 2;
        CohortVolume Volume(int patient)
        {
            PhiloxSequence draws = Philox.At(seed: 11, DrawPurpose.Phantom, stream: (uint)patient);
            var images = new float[Slices * layout.Channels.Count * Small.Size * Small.Size];
            var labels = new byte[Slices * Small.Size * Small.Size];
            for (int i = 0; i < images.Length; i++)
            {
                images[i] = (2 * draws.NextSingle()) - 1;
            }

            for (int i = 0; i < labels.Length; i++)
            {
                byte label = (byte)draws.NextInt32(layout.Classes.Count);
                labels[i] = label == (byte)LabelClass.Tumour && patient >= 6 ? (byte)0 : label;
            }

            return new CohortVolume($"p{patient}", patient < 6, Slices, Small.Size, images, labels);
        }

        Cohort cohort = Cohort.Create(name, 1, Enumerable.Range(0, 10).Select(Volume), layout: layout);
        Cohort.Save(_folder.Under(name), cohort);
        return cohort;
    }
}

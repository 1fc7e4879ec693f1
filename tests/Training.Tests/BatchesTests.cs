using AdvSeg.Core.Draws;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using CsCheck;

namespace AdvSeg.Training.Tests;

public sealed class BatchesTests
{
    /// <summary>10,000 Bernoulli draws of 0.7: five standard deviations are 0.11 of 5.</summary>
    [Fact]
    public void Batches_OverTwoThousandDraws_HoldThreeAndAHalfPositivesOfFive()
    {
        using var cohort = new DisposableTensors();
        var batches = new Batches(Small.Spec(), cohort.Tensors);
        int[] positives = [.. Enumerable.Range(0, 2000).Select(number => Choose(batches, number).Count(slice => slice < 9))];

        Assert.Equal(3.5, positives.Average(), tolerance: 0.11);
        Assert.True(positives.Distinct().Count() > 3);
    }

    /// <summary>
    /// Counts of 0 to 5 positives among 20,000 batches against the binomial distribution of 5 draws at 0.7
    /// (<c>scipy.stats.binom.pmf(range(6), 5, 0.7)</c>). Pearson's statistic with 5 degrees of freedom exceeds 25.7 once in 10,000 times.
    /// </summary>
    [Fact]
    public void Batches_OverManyDraws_HoldBinomiallyManyPositives()
    {
        double[] expected = [0.00243, 0.02835, 0.1323, 0.3087, 0.36015, 0.16807];
        using var cohort = new DisposableTensors();
        var batches = new Batches(Small.Spec(), cohort.Tensors);
        int[] positives = [.. Enumerable.Range(0, 20_000).Select(number => Choose(batches, number).Count(slice => slice < 9))];

        double statistic = expected.Select((p, k) => Math.Pow(positives.Count(n => n == k) - (20_000 * p), 2) / (20_000 * p)).Sum();

        Assert.InRange(statistic, 0, 25.7);
    }

    /// <summary>Every run of a real plan over the small cohort, all folds and levels: no batch holds a patient that selects or is held out.</summary>
    [Fact]
    public void Batches_OfEveryPlannedRun_HoldThePatientsOfItsTrainingRoleOnly()
    {
        using var cohort = new DisposableTensors();
        SweepSpec demo = Presets.Spec("demo");
        SweepSpec spec = demo with
        {
            Cohort = new FolderCohort("x"),
            EvaluationCohort = null,
            Folds = 3,
            Variants =
                [
                    .. demo.Variants.Select(
                        v => v with { Scheme = Small.Schemes[v.Scheme.Kind], Segmentor = Small.Segmentor, Protocol = Small.Protocol }),
                ],
            Ablation = demo.Ablation! with { Levels = [0.5], Folds = AblationFolds.All },
        };
        PlanInputs inputs = new() { Cohort = Small.Cohort.Manifest, Numerics = Small.Numerics, Trainer = "torch", TrainerRevision = 1 };
        Plan plan = Planner.Plan(spec, inputs);

        Assert.True(plan.Runs.Count > plan.CrossValidationRuns);
        Assert.All(Enumerable.Range(0, plan.Runs.Count).Select(plan.RunSpecOf), run =>
        {
            var batches = new Batches(run, cohort.Tensors);
            string[] drawn =
                [.. Enumerable.Range(0, 60).SelectMany(number => Choose(batches, number)).Select(slice => $"p{slice / Small.Slices}").Distinct()];
            Assert.Equal(run.TrainPositive.Concat(run.TrainNegative).Order(), drawn.Order());
            Assert.Empty(drawn.Intersect(run.Select.Concat(run.Test)));
        });
    }

    /// <summary>Slices lie patient after patient: p0 to p2 train as positives, p6 to p9 as negatives; p3 selects, p4 and p5 are held out.</summary>
    [Fact]
    public void Batches_OfAnySeedAndNumber_HoldTrainingPatientsOnly()
    {
        using var cohort = new DisposableTensors();
        Gen.Select(Gen.ULong, Gen.Int[0, 1_000_000]).Sample((seed, number) =>
            Choose(new Batches(Small.Spec() with { Seed = seed }, cohort.Tensors), number).All(slice => slice is < 9 or >= 18));
    }

    [Theory]
    [InlineData(1.0, true)]
    [InlineData(0.0, false)]
    public void Batches_OfAShareOfOneOrNone_ComeFromOneRole(double share, bool positive)
    {
        using var cohort = new DisposableTensors();
        RunSpec spec = Small.Spec() with { Protocol = Small.Protocol with { PositiveShare = share } };
        var batches = new Batches(spec, cohort.Tensors);
        Assert.All(Enumerable.Range(0, 50).SelectMany(number => Choose(batches, number)), slice => Assert.Equal(positive, slice < 9));
    }

    [Fact]
    public void Batches_WithoutNegativePatientsForTheirShare_AreRefused()
    {
        using var cohort = new DisposableTensors();
        var e = Assert.Throws<TrainingException>(() => new Batches(Small.Spec() with { TrainNegative = [] }, cohort.Tensors));
        Assert.Equal(FailureClass.Data, e.Failure);
        Assert.Contains("0.7", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Batches_DrawnTogether_AreThoseDrawnAlone()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var cohort = new DisposableTensors();
        var batches = new Batches(Small.Spec(), cohort.Tensors);
        Batch together = batches.Draw(DrawPurpose.DiscriminatorBatch, first: 6, count: 3);
        Batch alone = batches.Draw(DrawPurpose.DiscriminatorBatch, first: 8);

        Assert.Equal(TensorData.ToBytes(alone.Images), TensorData.ToBytes(together.Images.narrow(0, 10, 5)));
        Assert.Equal(TensorData.ToBytes(alone.Classes), TensorData.ToBytes(together.Classes.narrow(0, 10, 5)));
    }

    [Fact]
    public void OneHot_OfABatch_HoldsOneAtTheExpertsClass()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var cohort = new DisposableTensors();
        Batch batch = new Batches(Small.Spec(), cohort.Tensors).Draw(DrawPurpose.SegmentorBatch, first: 0);
        TorchSharp.torch.Tensor oneHot = batch.OneHot(4);

        Assert.Equal(TensorData.ToBytes(batch.Classes), TensorData.ToBytes(oneHot.argmax(1)));
        Assert.Equal(1, oneHot.sum(1).min().item<float>());
        Assert.Equal(1, oneHot.sum(1).max().item<float>());
    }

    private static long[] Choose(Batches batches, int number)
    {
        var slices = new long[5];
        batches.Choose(DrawPurpose.SegmentorBatch, number, slices, new AffineDraw[5]);
        return slices;
    }
}

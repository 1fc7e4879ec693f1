using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>Other ways to compute a step: the same training but for rounding, and the defaults to the last bit.</summary>
public sealed class StepOptionsTests
{
    private const int Steps = 6;

    /// <summary>Losses are read where somebody asks; when that is changes none of them.</summary>
    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("adversarial")]
    public void Losses_ReadAfterManySteps_AreThoseReadAfterEach(string scheme)
    {
        using var cohort = new DisposableTensors();
        using var eager = new Learner(Small.Spec(scheme), cohort.Tensors, CPU);
        using var late = new Learner(Small.Spec(scheme), cohort.Tensors, CPU);
        for (int step = 0; step < Steps; step++)
        {
            late.Advance(step);
        }

        Assert.Equal(Enumerable.Range(0, Steps).Select(eager.Step), late.ReadLosses());
        Assert.Empty(late.ReadLosses());
        Assert.Equal(eager.State.Select(part => TensorData.ToBytes(part.Values)), late.State.Select(part => TensorData.ToBytes(part.Values)));
    }

    /// <summary>Whatever was trained after it, the message is that of the first loss that was none.</summary>
    [Fact]
    public void Divergence_ReadLate_NamesTheFirstStepThatDiverged()
    {
        RunSpec spec = Small.Spec("cross-entropy") with { Scheme = new CrossEntropyScheme { Optimizer = Small.Adam with { LearningRate = 1e38 } } };
        using var cohort = new DisposableTensors();
        using var eager = new Learner(spec, cohort.Tensors, CPU);
        using var late = new Learner(spec, cohort.Tensors, CPU);
        for (int step = 0; step < Steps; step++)
        {
            late.Advance(step);
        }

        var first = Assert.Throws<TrainingException>(() => Enumerable.Range(0, Steps).Select(eager.Step).ToList());
        var found = Assert.Throws<TrainingException>(late.ReadLosses);

        Assert.Equal((FailureClass.Divergence, first.Message), (found.Failure, found.Message));
    }

    [Theory]
    [InlineData("cross-entropy", true, false, false)]
    [InlineData("adversarial", true, false, false)]
    [InlineData("cross-entropy", false, true, false)]
    [InlineData("adversarial", false, true, false)]
    [InlineData("cross-entropy", false, false, true)]
    [InlineData("adversarial", true, true, true)]
    public void Steps_ComputedOtherwise_HaveTheSameLossesButForRounding(string scheme, bool channelsLast, bool fusedAdam, bool graph)
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(Small.Spec(scheme), cohort.Tensors, CPU);
        using var other = new Learner(Small.Spec(scheme), cohort.Tensors, CPU, new StepOptions(channelsLast, fusedAdam, graph));

        List<StepLosses> expected = [.. Enumerable.Range(0, Steps).Select(learner.Step)];
        List<StepLosses> found = [.. Enumerable.Range(0, Steps).Select(other.Step)];

        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Segmentor, pair.Second.Segmentor, 1e-4));
        Assert.NotEqual(expected[0].Segmentor, expected[^1].Segmentor, 1e-3);
    }

    /// <summary>Who trains with numerics that say graph trains as the benchmarks measured it.</summary>
    [Fact]
    public void Run_WhoseNumericsSayGraph_IsTrainedWithTheStepOfAGraph()
    {
        RunSpec spec = Small.Spec("adversarial");
        using var cohort = new DisposableTensors();
        using var eager = new Learner(spec, cohort.Tensors, CPU);
        using var asked = new Learner(spec with { Numerics = spec.Numerics with { Graph = true } }, cohort.Tensors, CPU);
        using var measured = new Learner(spec, cohort.Tensors, CPU, new StepOptions(Graph: true));
        for (int step = 0; step < Steps; step++)
        {
            Array.ForEach([eager, asked, measured], learner => learner.Advance(step));
        }

        byte[][] Bits(Learner learner) => [.. learner.State.Select(part => TensorData.ToBytes(part.Values))];
        Assert.Equal(Bits(measured), Bits(asked));
        Assert.NotEqual(Bits(eager), Bits(asked));
    }

    /// <summary>One update from given moments: the fused kernel against the nine calls, whose result PyTorch's parity pins.</summary>
    [Fact]
    public void FusedAdam_OfAnUpdate_IsAdams()
    {
        using var scope = NewDisposeScope();
        using var plainNetwork = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        using var fusedNetwork = new Segmentor(Small.Segmentor, Small.Size, Small.Seed);
        using var plain = new Adam(Small.Adam, plainNetwork);
        using var fused = new Adam(Small.Adam, fusedNetwork) { IsFused = true };
        for (int update = 1; update <= 3; update++)
        {
            plain.Descend(plainNetwork.Leaves.Select((leaf, i) => (leaf * (i + 1)).sin().sum()).Aggregate((sum, part) => sum + part), 1e-2, update);
            fused.Descend(fusedNetwork.Leaves.Select((leaf, i) => (leaf * (i + 1)).sin().sum()).Aggregate((sum, part) => sum + part), 1e-2, update);
        }

        Assert.True(plain.SecondMoment.max().item<float>() > 0);
        Assert.InRange((plainNetwork.Flat - fusedNetwork.Flat).abs().max().item<float>(), 0, 1e-5);
        Assert.InRange((plain.FirstMoment - fused.FirstMoment).abs().max().item<float>() / plain.FirstMoment.abs().max().item<float>(), 0, 1e-5);
        Assert.InRange((plain.SecondMoment - fused.SecondMoment).abs().max().item<float>() / plain.SecondMoment.max().item<float>(), 0, 1e-5);
    }
}

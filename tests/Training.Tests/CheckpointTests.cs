using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Training.Files;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Tests;

public sealed class CheckpointTests
{
    private static readonly RunId Run = Small.Spec().Id();

    [Fact]
    public void Checkpoint_AlteredInAnyByteOrTruncated_IsDamaged()
    {
        byte[] data = Make("canary");
        Assert.Null(Checkpoint.WhyUnusable(data, Run, "canary"));
        foreach (int at in (int[])[0, 9, 20, 100, data.Length / 2, data.Length - 40, data.Length - 1])
        {
            byte[] altered = [.. data];
            altered[at] ^= 1;
            Assert.Equal(CheckpointFault.Damaged, Assert.Throws<CheckpointException>(() => Checkpoint.Read(altered, Run, "canary")).Fault);
        }

        foreach (int length in (int[])[0, 10, 31, data.Length / 2, data.Length - 1])
        {
            Assert.Equal(CheckpointFault.Damaged, Assert.Throws<CheckpointException>(() => Checkpoint.Read(data[..length], Run, "canary")).Fault);
        }
    }

    [Fact]
    public void Checkpoint_OfAnotherRunOrCanary_SaysSo()
    {
        byte[] data = Make("canary");
        RunId other = Small.Spec("hybrid").Id();
        Assert.Equal(CheckpointFault.OtherRun, Assert.Throws<CheckpointException>(() => Checkpoint.Read(data, other, "canary")).Fault);
        Assert.Equal(CheckpointFault.OtherCanary, Assert.Throws<CheckpointException>(() => Checkpoint.Read(data, Run, "another")).Fault);
        Assert.Contains("canary", Checkpoint.WhyUnusable(data, Run, "another"), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_GivenACheckpointOfAnotherCanary_StartsAgainAndSaysSo()
    {
        var session = new TestSession(boundary => boundary == 1 ? StopRequest.Abandon : StopRequest.None, Make("another"));
        TrainingOutcome outcome = new Trainer(Small.Numerics).Train(Small.Spec(), session);
        Assert.Equal(new TrainingOutcome.Stopped(1, Saved: false), outcome);
        Assert.Contains("step 0", Assert.Single(session.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_GivenADamagedCheckpoint_FailsSoThatAnOlderOneCanBeTried()
    {
        byte[] data = Make("canary");
        data[50] ^= 1;
        var e = Assert.Throws<CheckpointException>(() => new Trainer(Small.Numerics).Train(Small.Spec(), new TestSession(checkpoint: data)));
        Assert.Equal(CheckpointFault.Damaged, e.Fault);
    }

    private static byte[] Make(string canary)
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(Small.Spec(), cohort.Tensors, TorchSharp.torch.CPU);
        var history = new TrainingHistory();
        history.AddStep(learner.Step(0));
        history.AddEvaluation(0.25, Small.Adam, () => TensorData.ToBytes(learner.Segmentor.Flat));
        return Checkpoint.Write(Run, canary, history, learner);
    }
}

using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>What is decided once stays so: outcomes that sweeps do not acknowledge, and a choice that another activation put first.</summary>
public sealed class SettlementTests
{
    [Theory]
    [InlineData(CallFault.RequestLost)]
    [InlineData(CallFault.AnswerLost)]
    public async Task Settlement_ThatItsSweepDoesNotAcknowledge_IsDeliveredAgainAndCountedOnce(CallFault fault)
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("deaf");
        string? broken = null;
        cluster.Trainer.OnStep = (run, _) =>
        {
            if ((Interlocked.CompareExchange(ref broken, run.Id().Value, null) ?? broken) == run.Id().Value)
            {
                throw new TrainingException(FailureClass.Divergence, "the loss of step 0 is NaN");
            }
        };
        int asked = 0;
        cluster.Store.Rule = call => Task.FromResult(
            call.Key.Contains("/outcomes/", StringComparison.Ordinal) && call.IsWrite && Interlocked.Increment(ref asked) <= 3 ? fault : CallFault.None);

        SweepStatus status = await cluster.RunAsync(spec);

        Assert.Equal((SweepStage.Finished, 1, 9), (status.Stage, status.Failed, status.Completed));
        Assert.Equal(4, asked);
        Assert.Equal(9 * 10, cluster.Trainer.StepsTrained);
    }

    [Fact]
    public async Task Choice_PutByAnotherActivationFirst_IsTheOneThatIsFollowed()
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Spec("chosen");
        string key = ArtifactKeys.Choice(spec.Id());
        Choice? theirs = null;
        cluster.Store.Rule = async call =>
        {
            if (call.Key == key && call.Action == "create" && theirs is null)
            {
                Choice ours = CanonicalJson.Read<Choice>(call.Data.ToArray(), key);
                theirs = ours with { Folds = [(ours.Folds[0] + 1) % 3], Reason = "put by another activation" };
                await cluster.Disk.TryCreateAsync(key, CanonicalJson.Write(theirs));
            }

            return CallFault.None;
        };

        SweepStatus status = await cluster.RunAsync(spec);

        Assert.Equal(theirs!.Folds, status.Choice!.Folds);
        await cluster.AssertUndisturbedAsync(spec, status);
        RunPage runs = await cluster.Cluster.Sweep(spec).GetRuns(0, 100, RunState.Completed);
        Assert.All(runs.Rows.Where(r => r.Positives is not null), r => Assert.Equal(theirs.Folds[0], r.Fold));
    }

    [Fact]
    public async Task Choice_WhoseAnswerWasLost_IsPutOnceAndFollowed()
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Spec("chosen-once");
        string key = ArtifactKeys.Choice(spec.Id());
        int creates = 0;
        cluster.Store.Rule = call => Task.FromResult(
            call.Key == key && call.Action == "create" && Interlocked.Increment(ref creates) == 1 ? CallFault.AnswerLost : CallFault.None);

        SweepStatus status = await cluster.RunAsync(spec);

        Choice stored = CanonicalJson.Read<Choice>((await cluster.Disk.GetAsync(key, TestContext.Current.CancellationToken))!.Data, key);
        Assert.Equal(stored.Folds, status.Choice!.Folds);
        await cluster.AssertUndisturbedAsync(spec, status);
    }
}

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
        int asked = 0;
        cluster.Trainer.OnStep = (run, _) =>
        {
            if ((Interlocked.CompareExchange(ref broken, run.Id().Value, null) ?? broken) == run.Id().Value)
            {
                throw new TrainingException(FailureClass.Divergence, "the loss of step 0 is NaN");
            }

            // A sweep that has ended meanwhile acknowledges without writing.
            SpinWait.SpinUntil(() => Volatile.Read(ref asked) >= 4, TimeSpan.FromSeconds(60));
        };
        cluster.Store.Rule = call => Task.FromResult(
            call.Key.Contains(
                "/outcomes/", StringComparison.Ordinal) && call.IsWrite && Interlocked.Increment(ref asked) <= 3 ? fault : CallFault.None);

        SweepStatus status = await cluster.RunAsync(spec);

        Assert.Equal((SweepStage.Finished, 1, 9), (status.Stage, status.Failed, status.Completed));

        Assert.Equal(4, asked);
        Assert.Equal(9 * 10, cluster.Trainer.StepsTrained);
    }

    /// <summary>The scheduler looks at its outbox twice a second; what is in there but not in the store is nobody's to know.</summary>
    [Fact]
    public async Task Settlement_WhoseWriteIsUnderWay_IsNotDelivered()
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("undelivered");
        string? broken = null;
        cluster.Trainer.OnStep = (run, _) =>
        {
            if ((Interlocked.CompareExchange(ref broken, run.Id().Value, null) ?? broken) == run.Id().Value)
            {
                throw new TrainingException(FailureClass.Divergence, "the loss of step 0 is NaN");
            }
        };
        var writing = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        bool deliveredEarly = false;
        cluster.Store.Rule = async call =>
        {
            deliveredEarly |= call.IsWrite && call.Key.Contains("/outcomes/", StringComparison.Ordinal) && !go.Task.IsCompleted;
            if (go.Task.IsCompleted || !call.IsWrite || call.Key != FaultyCluster.SchedulerKey
                || !FaultyCluster.SnapshotOf(call).Outbox.Any(s => s.Outcome is RunOutcome.Failed))
            {
                return CallFault.None;
            }

            writing.TrySetResult();
            await go.Task;
            return CallFault.RequestLost;
        };

        await FaultyCluster.InsistAsync(() => cluster.Cluster.StartSweepAsync(spec));
        await writing.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        long since = TimeProvider.System.GetTimestamp();
        await FaultyCluster.InsistAsync(async () =>
        {
            await cluster.Cluster.Scheduler.GetWorkers();
            return TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(1.6) ? spec : null!;
        });
        go.SetResult();
        SweepStatus status = await cluster.EndAsync(spec);

        Assert.False(deliveredEarly);
        Assert.Equal((SweepStage.Finished, 1, 9), (status.Stage, status.Failed, status.Completed));
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

using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>
/// The scheduler's state is not written, or written and reported as failed, at each kind of change: bare, as an embedded silo has its
/// folder, where the scheduler sees the failure; and retried, where a lost answer comes back as a refused ETag.
/// </summary>
public sealed class SchedulerWriteTests
{
    public enum Change
    {
        SweepAdded,
        RunsGranted,
        RunSettled,
        Acknowledged,
        AblationAdded,
        SweepRemoved,
    }

    [Theory]
    [InlineData(Change.SweepAdded, CallFault.RequestLost, false)]
    [InlineData(Change.SweepAdded, CallFault.AnswerLost, true)]
    [InlineData(Change.RunsGranted, CallFault.RequestLost, false)]
    [InlineData(Change.RunsGranted, CallFault.AnswerLost, false)]
    [InlineData(Change.RunsGranted, CallFault.AnswerLost, true)]
    [InlineData(Change.RunSettled, CallFault.RequestLost, false)]
    [InlineData(Change.RunSettled, CallFault.AnswerLost, true)]
    [InlineData(Change.Acknowledged, CallFault.AnswerLost, true)]
    [InlineData(Change.AblationAdded, CallFault.RequestLost, false)]
    [InlineData(Change.AblationAdded, CallFault.AnswerLost, true)]
    [InlineData(Change.SweepRemoved, CallFault.RequestLost, false)]
    public async Task Sweep_WhoseSchedulerFailsToWrite_EndsAsUndisturbed(Change change, CallFault fault, bool retried)
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried);
        SweepSpec spec = TestSweep.Spec("faulty");
        bool added = false, settled = false;
        int failures = 0;
        cluster.FailSchedulerWrite(fault, snapshot =>
        {
            bool fits = change switch
            {
                Change.SweepAdded => snapshot.Sweeps.Count > 0,
                Change.RunsGranted => snapshot.Leases.Count > 0,
                Change.RunSettled => snapshot.Outbox.Count > 0,
                Change.Acknowledged => settled && snapshot.Outbox.Count == 0,
                Change.AblationAdded => snapshot.Sweeps.Any(s => s.Ranges.Count > 1),
                _ => added && snapshot.Sweeps.Count == 0,
            };
            added |= snapshot.Sweeps.Count > 0;
            settled |= snapshot.Outbox.Count > 0;
            failures += fits ? 1 : 0;
            return fits;
        });

        SweepStatus status = await cluster.RunAsync(spec);

        await cluster.AssertUndisturbedAsync(spec, status);
        Assert.NotEqual(0, failures);
    }

    [Fact]
    public async Task Pause_ThatTheSchedulerCouldNotStore_IsMadeGoodWhenAskedAgain()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("paused");
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();

        cluster.FailSchedulerWrite(CallFault.RequestLost, snapshot => snapshot.Sweeps.Any(s => s.Paused));
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).Pause());
        await FaultyCluster.InsistAsync(async () =>
        {
            await cluster.Cluster.Sweep(spec).Pause();
            return spec;
        });

        await FaultyCluster.InsistAsync(
            async () => (await cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value)).Queue is { Paused: true } ? spec : null!);
    }

    [Fact]
    public async Task Cancel_ThatTheSchedulerCouldNotStore_StopsItsRunsWhenAskedAgain()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("cancelled");
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();

        cluster.FailSchedulerWrite(CallFault.RequestLost, snapshot => snapshot.Sweeps.Count == 0);
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).Cancel("wrong question"));
        await FaultyCluster.InsistAsync(async () =>
        {
            await cluster.Cluster.Sweep(spec).Cancel("wrong question");
            return spec;
        });

        await FaultyCluster.InsistAsync(
            async () => (await cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value)) is { Queue: null, Leases.Count: 0 } ? spec : null!);
        Assert.Equal(SweepStage.Cancelled, (await cluster.EndAsync(spec)).Stage);
    }

    /// <summary>An activation of the sweep that heard so would leave its runs to be trained: it tells the scheduler no more.</summary>
    [Fact]
    public async Task Removal_WhoseWriteIsUnderWay_IsToldToNobodyBefore()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("removed");
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Store.Rule = async call =>
        {
            if (go.Task.IsCompleted || !call.IsWrite || call.Key != FaultyCluster.SchedulerKey || FaultyCluster.SnapshotOf(call).Sweeps.Count > 0)
            {
                return CallFault.None;
            }

            writing.TrySetResult();
            await go.Task;
            return CallFault.RequestLost;
        };

        Task cancelling = cluster.Cluster.Sweep(spec).Cancel("wrong question");
        await writing.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Task<OpenRuns> asked = cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value);
        for (int i = 0; i < 3; i++)
        {
            // Answered after it, if nothing holds that up.
            await cluster.Cluster.Scheduler.GetWorkers();
        }

        bool early = asked.IsCompleted;
        go.SetResult();

        await Assert.ThrowsAnyAsync<Exception>(() => cancelling);
        await Task.WhenAny(asked);
        Assert.False(early, "it was answered before it was stored");
        await FaultyCluster.InsistAsync(
            async () => await cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value) is { Queue: null, Leases.Count: 0 } ? spec : null!);
    }

    [Fact]
    public async Task WorkerThatWaitsForWork_IsSentAway_SoThatTheSchedulerCanStartAgain()
    {
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false, new ClockThatStandsStill());
        const string Worker = "127.0.0.1:1@1";
        Task<LeaseReply> waiting = cluster.Cluster.Scheduler.Lease(new LeaseRequest(Worker, 1, Numerics.DefaultCpu, "canary", 1, 1, []));
        await TestCluster.WaitAsync(async () => (await cluster.Cluster.Scheduler.GetWorkers()).Any(w => w.Worker == Worker) ? Worker : null);

        cluster.FailSchedulerWrite(CallFault.RequestLost, _ => true);
        await Assert.ThrowsAnyAsync<Exception>(cluster.WriteSchedulerAsync);

        Assert.Empty((await waiting).Grants);
        await FaultyCluster.InsistAsync(() => cluster.Cluster.Scheduler.GetWorkers());
    }

    /// <summary>No long poll is ever over by this clock; timers run.</summary>
    private sealed class ClockThatStandsStill : TimeProvider
    {
        private readonly DateTimeOffset _now = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => _now;
    }
}

using AdvSeg.Cluster.Tests.Faults;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>A slot is for training: what a trained run has still to store does not hold it.</summary>
public sealed class SlotTests
{
    private const int Slots = 2;

    [Fact]
    public async Task SlotOfATrainedRun_TrainsTheNext_ButNoMoreWaitForTheStoreThanThereAreSlots()
    {
        await using var cluster = new FaultyCluster();
        using var waiting = new SemaphoreSlim(0);
        var go = new TaskCompletionSource();
        int mostLeases = 0;
        cluster.Store.Rule = async call =>
        {
            if (call.Key.EndsWith("/result.json", StringComparison.Ordinal) && call.Action == "create")
            {
                waiting.Release();
                await go.Task;
            }
            else if (call.IsWrite && call.Key == FaultyCluster.SchedulerKey && !go.Task.IsCompleted)
            {
                mostLeases = Math.Max(mostLeases, FaultyCluster.SnapshotOf(call).Leases.Count);
            }

            return CallFault.None;
        };
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("overlap");
        await cluster.Cluster.StartSweepAsync(spec);
        for (int i = 0; i < 2 * Slots; i++)
        {
            Assert.True(await waiting.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        }

        // Six runs are wanted: two more would be leased at once.
        long since = TimeProvider.System.GetTimestamp();
        WorkerView worker = await TestCluster.WaitAsync(async () =>
            (await cluster.Cluster.Scheduler.GetWorkers())[0] is var seen && TimeProvider.System.GetElapsedTime(since) > TimeSpan.FromSeconds(1.5)
                ? seen
                : null);
        go.SetResult();
        SweepStatus status = await cluster.EndAsync(spec);

        Assert.Equal((Slots, Slots, 2 * Slots), (worker.Slots, worker.Busy, worker.Runs.Count));
        Assert.Equal(2 * Slots, mostLeases);
        await cluster.AssertUndisturbedAsync(spec, status);
    }
}

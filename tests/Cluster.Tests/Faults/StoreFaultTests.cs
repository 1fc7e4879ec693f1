using System.Collections.Concurrent;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>Whole sweeps through real grains over a store that fails.</summary>
public sealed class StoreFaultTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Sweep_OverAStoreThatLosesRequestsAndAnswers_EndsAsUndisturbed(ulong seed)
    {
        await using var cluster = new FaultyCluster();
        cluster.Store.Rule = call => Task.FromResult((Philox.Block((uint)call.Number, 0, 0, 0, (uint)seed, 0).X0 % 100) switch
        {
            < 10 => CallFault.RequestLost,
            < 20 => CallFault.AnswerLost,
            _ => CallFault.None,
        });
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Spec($"flaky-{seed}");

        SweepStatus status = await cluster.RunAsync(spec);

        cluster.Store.Rule = _ => Task.FromResult(CallFault.None);
        await cluster.AssertUndisturbedAsync(spec, status);
    }

    [Fact]
    public async Task Sweep_WhoseStoreIsAwayAWhile_WaitsAtItsCheckpoints_AndEndsAsUndisturbed()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("away");
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();

        using var bothWait = new CountdownEvent(2);
        HashSet<string> waiting = [];
        cluster.Store.Rule = call =>
        {
            // The metrics of steps 4 to 6 come before the checkpoint of step 6.
            lock (waiting)
            {
                if (call.Key.EndsWith("metrics-00000004-00000006.jsonl", StringComparison.Ordinal) && waiting.Add(call.Key))
                {
                    bothWait.Signal();
                }
            }

            return Task.FromResult(CallFault.RequestLost);
        };
        held.Go();
        await Task.Run(() => bothWait.Wait(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);

        // Scheduler and sweep both try to write, fail, and cannot even be activated again.
        await Assert.ThrowsAnyAsync<Exception>(cluster.WriteSchedulerAsync);
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Sweep(spec).Pause());
        await Assert.ThrowsAnyAsync<Exception>(() => cluster.Cluster.Scheduler.GetOpenRuns(spec.Id().Value));
        Assert.Equal(2 * 6, cluster.Trainer.StepsTrained);

        cluster.Store.Rule = _ => Task.FromResult(CallFault.None);
        SweepStatus status = await cluster.EndAsync(spec);
        await cluster.AssertUndisturbedAsync(spec, status);
        Assert.False(status.Paused);
    }

    /// <summary>What a report calls its registration: the specification and its plan are stored once, before anything of a run.</summary>
    [Fact]
    public async Task Specification_OfASweep_IsStoredOnce_BeforeAnythingOfARun()
    {
        await using var cluster = new FaultyCluster();
        ConcurrentQueue<string> writes = [];
        cluster.Store.Rule = call =>
        {
            if (call.IsWrite)
            {
                writes.Enqueue(call.Key);
            }

            return Task.FromResult(CallFault.None);
        };
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("registered");

        _ = await cluster.RunAsync(spec);

        string[] keys = [.. writes];
        int firstOfARun = Array.FindIndex(keys, key => key.StartsWith("runs/", StringComparison.Ordinal));
        int[] registrations =
        [
            .. keys.Index().Where(k => k.Item == ArtifactKeys.SweepSpec(spec.Id()) || k.Item == ArtifactKeys.Plan(spec.Id())).Select(k => k.Index),
        ];
        Assert.Equal(2, registrations.Length);
        Assert.All(registrations, registration => Assert.InRange(registration, 0, firstOfARun - 1));
    }

    [Fact]
    public async Task Worker_ThatTheStoreRefuses_LeavesTheRunToASlotThatIsNot_WithTheReason()
    {
        await using var cluster = new FaultyCluster();
        string? refusedRun = null;
        int refusals = 0;

        // The spec of the first run that is begun, and then the log of that attempt: all that a worker without access comes to.
        cluster.Store.Rule = call => Task.FromResult(
            call.IsWrite && call.Key.Split('/') is ["runs", var run, ..]
            && (Interlocked.CompareExchange(ref refusedRun, run, null) ?? run) == run
            && Interlocked.Increment(ref refusals) <= 2 ? CallFault.Refused : CallFault.None);
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Spec("refused");

        SweepStatus status = await cluster.RunAsync(spec);

        await cluster.AssertUndisturbedAsync(spec, status);
        RunPage runs = await cluster.Cluster.Sweep(spec).GetRuns(0, 100, RunState.Completed);
        AttemptRecord[][] histories =
            await Task.WhenAll(runs.Rows.Select(r => cluster.Cluster.Grains.GetGrain<ITrainingRunGrain>(r.Run).GetAttempts()));
        AttemptRecord refused = Assert.Single(histories.SelectMany(h => h), a => a.End == AttemptEnd.Released);
        Assert.Contains("refuses access", refused.Message, StringComparison.Ordinal);
    }
}

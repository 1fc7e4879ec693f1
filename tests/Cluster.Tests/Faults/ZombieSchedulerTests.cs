using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Storage;
using AdvSeg.Storage.Folder;
using Orleans.Storage;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>Two schedulers that both believe in themselves: the one that claimed the state last is right.</summary>
public sealed class ZombieSchedulerTests
{
    private const string State = "scheduler";
    private static readonly GrainId Scheduler = GrainId.Create("scheduler", ISchedulerGrain.Key);

    [Fact]
    public async Task OlderActivation_WritingAfterANewerClaimed_IsRefusedAndDamagesNoLease()
    {
        using var folder = new TempFolder();
        var storage = new ArtifactGrainStorage(new FolderArtifactStore(folder.Path, TimeProvider.System));
        (GrainState<QueueSnapshot> older, LeaseQueue zombie) = await ClaimAsync(storage);
        zombie.Add("sweep", "ann", 0, "cpu", new IndexRange(0, 3));
        await WriteAsync(storage, older, zombie);
        Lease first = zombie.Grant("w1", 1, "cpu", DateTimeOffset.UnixEpoch)!;
        await WriteAsync(storage, older, zombie);

        (GrainState<QueueSnapshot> newer, LeaseQueue current) = await ClaimAsync(storage);
        Lease second = current.Grant("w2", 1, "cpu", DateTimeOffset.UnixEpoch)!;
        await WriteAsync(storage, newer, current);
        zombie.Release(first.Token, AttemptEnd.Preempted, 0, DateTimeOffset.UnixEpoch);
        Lease doubled = zombie.Grant("w3", 1, "cpu", DateTimeOffset.UnixEpoch)!;

        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(storage, older, zombie));
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(storage, older, zombie));
        Assert.Equal(second.Token, doubled.Token);
        QueueSnapshot stored = (await ReadAsync(storage)).State!;
        Assert.Equal(2, stored.Epoch);
        Assert.Equal([(first.Token, "w1", "run 0"), (second.Token, "w2", "run 1")], stored.Leases.Select(l => (l.Token, l.Worker, l.Run)));
    }

    [Fact]
    public async Task Scheduler_WhoseStateAnotherClaimed_StartsAgainFromIt_AndItsAttemptsGoOn()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        await cluster.StartAsync(retried: true);
        SweepSpec spec = TestSweep.Spec("claimed");
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();

        var storage = new ArtifactGrainStorage(cluster.Disk);
        (GrainState<QueueSnapshot> other, LeaseQueue queue) = await ClaimAsync(storage);
        long claimed = queue.Snapshot().Epoch;
        Assert.Equal(2, queue.Leases.Count);
        await Assert.ThrowsAnyAsync<OrleansException>(cluster.WriteSchedulerAsync);
        held.Go();

        SweepStatus status = await cluster.EndAsync(spec);
        await cluster.AssertUndisturbedAsync(spec, status);
        Assert.Equal(claimed + 1, (await ReadAsync(storage)).State!.Epoch);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(storage, other, queue));
    }

    private static async Task<(GrainState<QueueSnapshot> State, LeaseQueue Queue)> ClaimAsync(ArtifactGrainStorage storage)
    {
        GrainState<QueueSnapshot> state = await ReadAsync(storage);
        state.State = state.State! with { Epoch = state.State.Epoch + 1 };
        await storage.WriteStateAsync(State, Scheduler, state);
        return (state, new LeaseQueue(state.State, (_, index) => $"run {index}", new LeasePolicy(), DateTimeOffset.UnixEpoch));
    }

    private static async Task WriteAsync(ArtifactGrainStorage storage, GrainState<QueueSnapshot> state, LeaseQueue queue)
    {
        state.State = queue.Snapshot();
        await storage.WriteStateAsync(State, Scheduler, state);
    }

    private static async Task<GrainState<QueueSnapshot>> ReadAsync(ArtifactGrainStorage storage)
    {
        var state = new GrainState<QueueSnapshot>();
        await storage.ReadStateAsync(State, Scheduler, state);
        return state;
    }
}

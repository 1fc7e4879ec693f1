using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>A worker that was declared dead and has not heard of it yet, and one that computes other bits than the sweep was begun with.</summary>
public sealed class DeadWorkerTests
{
    [Fact]
    public async Task Lease_OfAWorkerThatIsDeadOrOfAnotherCanary_GrantsNothing()
    {
        await using var cluster = new FaultyCluster();
        await using var held = new HeldTrainer(cluster.Trainer, atStep: 4);
        await cluster.StartAsync(retried: false);
        SweepSpec spec = TestSweep.Spec("waiting");
        await cluster.Cluster.StartSweepAsync(spec);
        await held.ReachedAsync();

        // A silo whose address has come back with a later start is dead to Orleans; one that it never heard of is not.
        WorkerView worker = (await cluster.Cluster.Scheduler.GetWorkers()).Single();
        string[] alive = worker.Worker.Split('@');
        int start = int.Parse(alive[1]);
        LeaseReply dead = await LeaseAsync($"{alive[0]}@{start - 1}");
        LeaseReply otherBits = await LeaseAsync($"127.0.0.1:2@{start + 1}", canary: "another machine");
        LeaseReply unknown = await LeaseAsync($"127.0.0.1:1@{start + 1}");

        Assert.Empty(dead.Grants);
        Assert.Empty(otherBits.Grants);
        Assert.Single(unknown.Grants);

        Task<LeaseReply> LeaseAsync(string name, string? canary = null) =>
            cluster.Cluster.Scheduler.Lease(new LeaseRequest(name, 1, worker.Numerics, canary ?? worker.Canary, 1, 1, []));
    }
}

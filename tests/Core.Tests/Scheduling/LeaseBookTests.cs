using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class LeaseBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly LeasePolicy Policy = new();
    private readonly LeaseBook _book = new([], nextToken: 7, Now);

    [Fact]
    public void Grant_OneAfterAnother_GivesRisingTokensOverAnEnd()
    {
        Lease first = Grant("a");
        _book.End(first);

        Assert.Equal((7, 8, 9), (first.Token, Grant("a").Token, _book.NextToken));
        Assert.Null(_book.Find(7));
        Assert.Equal(8, _book.OfRun("a")!.Token);
    }

    [Fact]
    public void Renew_WithANewCheckpoint_WipesOutTheLosses()
    {
        Lease lease = _book.Grant("a", "w", 1, new Waiter("s", 0), new RunHistory { Losses = 2, CheckpointStep = 10 }, Now);

        _book.Renew(new RenewedToken(lease.Token, 10), Now);
        Assert.Equal((2, 10), (_book.OfRun("a")!.History.Losses, _book.OfRun("a")!.History.CheckpointStep));
        _book.Renew(new RenewedToken(lease.Token, 11), Now);
        Assert.Equal((0, 11), (_book.OfRun("a")!.History.Losses, _book.OfRun("a")!.History.CheckpointStep));
    }

    [Fact]
    public void NeverArrived_OfAWorker_AreItsEarlierGrantsThatItDoesNotHold()
    {
        Grant("held", "w", sequence: 1);
        Grant("lost", "w", sequence: 1);
        Grant("lost too", "w", sequence: 2);
        Grant("on its way", "w", sequence: 3);
        Grant("another's", "v", sequence: 1);

        Assert.Equal(["lost", "lost too"], _book.NeverArrived("w", 3, new HashSet<long> { 7 }).Select(l => l.Run));
        Assert.Empty(_book.NeverArrived("nobody", 3, new HashSet<long>()));
    }

    [Fact]
    public void Expired_OfAWorkerWithManyLeases_AsksForItOnce()
    {
        Grant("a", "w");
        Grant("b", "w");
        Grant("c", "v");
        List<string> asked = [];

        IReadOnlyList<LostLease> lost = _book.Expired(Ask, Policy, Now);

        Assert.Equal([7, 8], lost.Select(l => l.Token));
        Assert.Equal(["v", "w"], asked.Order());

        WorkerLiveness Ask(string worker)
        {
            asked.Add(worker);
            return worker == "w" ? WorkerLiveness.Dead : WorkerLiveness.Alive;
        }
    }

    /// <summary>Workers' names never come again: a book that kept them would ask for every worker that there ever was.</summary>
    [Fact]
    public void Expired_AfterTheLastLeaseOfAWorkerEnded_DoesNotAskForIt()
    {
        _book.End(Grant("a", "gone"));
        Lease ended = Grant("b", "here");
        Grant("c", "here");
        _book.End(ended);
        List<string> asked = [];

        _book.Expired(Ask, Policy, Now);

        Assert.Equal(["here"], asked);

        WorkerLiveness Ask(string worker)
        {
            asked.Add(worker);
            return WorkerLiveness.Alive;
        }
    }

    /// <summary>Every liveness, at and just after its limit of silence: 10 s and 2 s.</summary>
    [Theory]
    [InlineData(WorkerLiveness.Alive, 10, null, false)]
    [InlineData(WorkerLiveness.Alive, 10.1, "the worker did not renew for 10 s", true)]
    [InlineData(WorkerLiveness.Unknown, 2, null, false)]
    [InlineData(WorkerLiveness.Unknown, 2.1, "the worker left the cluster", false)]
    [InlineData(WorkerLiveness.Dead, 0, "the worker died", true)]
    public void Expired_AfterSilence_SaysWhyAndWhetherItCounts(WorkerLiveness liveness, double seconds, string? why, bool counts)
    {
        Lease lease = Grant("a");
        LostLease[] expected = why is null ? [] : [new LostLease(lease.Token, why, counts)];

        Assert.Equal(expected, _book.Expired(_ => liveness, Policy, Now.AddSeconds(seconds)));
    }

    [Fact]
    public void Expired_AfterARestart_GivesEveryLeaseOneFreshTerm()
    {
        var restarted = new LeaseBook([Grant("a") with { Granted = Now.AddDays(-1) }], 8, Now);

        Assert.Empty(restarted.Expired(_ => WorkerLiveness.Alive, Policy, Now.AddSeconds(10)));
        Assert.Single(restarted.Expired(_ => WorkerLiveness.Alive, Policy, Now.AddSeconds(10.1)));
    }

    private Lease Grant(string run, string worker = "w", long sequence = 1) =>
        _book.Grant(run, worker, sequence, new Waiter("s", 0), RunHistory.None, Now);
}

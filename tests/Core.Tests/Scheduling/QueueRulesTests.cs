using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>A stored queue is refused for each number that points at nothing, and taken at the edge of each rule.</summary>
public sealed class QueueRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly QueueSnapshot Whole = new()
    {
        NextToken = 3,
        Sweeps = [Sweep("a", 1, new IndexRange(0, 2), new IndexRange(int.MaxValue - 1, 1)), Sweep("b", 0, new IndexRange(0, 0))],
        Leases = [LeaseOf(1, "a0", new Waiter("a", 0)), LeaseOf(2, "a1", new Waiter("a", 1), new Waiter("b", 0))],
        Usage = [new OwnerUsage("ann", 1), new OwnerUsage("bob", 2)],
    };

    public static TheoryData<string, string> Broken { get; } = new()
    {
        { "sweep twice", "names sweep a twice" },
        { "token twice", "has two leases with the token 1" },
        { "run twice", "has two leases of run a0" },
        { "owner twice", "counts twice what ann has used" },
        { "token given", "would give attempt 2 again" },
        { "no token", "would give attempt 0 again" },
        { "no waiter", "has a lease that nobody waits for" },
        { "waiter of no run", "has a lease that nobody waits for" },
        { "one of two waiters of no run", "has a lease that nobody waits for" },
        { "range from before the first", "has numbers of sweep a that point at nothing" },
        { "range of fewer than none", "has numbers of sweep a that point at nothing" },
        { "range beyond the last", "has numbers of sweep a that point at nothing" },
        { "second range beyond the last", "has numbers of sweep a that point at nothing" },
        { "cursor before the first", "has numbers of sweep a that point at nothing" },
        { "cursor beyond the last", "has numbers of sweep a that point at nothing" },
        { "requeued run before the first", "has numbers of sweep a that point at nothing" },
    };

    [Fact]
    public void StoredQueue_AtTheEdgeOfEachRule_IsTaken()
    {
        SweepQueue a = Whole.Sweeps[0] with { Cursor = 3, Requeued = [new RequeuedRun(0, null, RunHistory.None)] };
        QueueSnapshot full = Whole with { Sweeps = [a, Whole.Sweeps[1]] };

        Assert.Null(QueueRules.ProblemOf(new QueueSnapshot()));
        Assert.Null(QueueRules.ProblemOf(Whole));
        Assert.Null(QueueRules.ProblemOf(full));
        Assert.Equal(2, new LeaseQueue(full, (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now).Leases.Count);
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void StoredQueue_ThatBreaksARule_IsRefusedWithIt(string how, string problem)
    {
        QueueSnapshot broken = Break(how);

        Assert.Equal(problem, QueueRules.ProblemOf(broken));
        SpecException refused = Assert.ThrowsAny<SpecException>(
            () => new LeaseQueue(broken, (sweep, index) => $"{sweep}{index}", new LeasePolicy(), Now));
        Assert.Contains($"the scheduler's state {problem}", refused.Message);
    }

    private static QueueSnapshot Break(string how) => how switch
    {
        "sweep twice" => Whole with { Sweeps = [.. Whole.Sweeps, Sweep("a", 0)] },
        "token twice" => Whole with { Leases = [.. Whole.Leases, LeaseOf(1, "a2", new Waiter("a", 2))] },
        "run twice" => Whole with { NextToken = 4, Leases = [.. Whole.Leases, LeaseOf(3, "a0", new Waiter("a", 0))] },
        "owner twice" => Whole with { Usage = [.. Whole.Usage, new OwnerUsage("ann", 1)] },
        "token given" => Whole with { NextToken = 2 },
        "no token" => Whole with { NextToken = 0, Leases = [] },
        "no waiter" => Whole with { Leases = [LeaseOf(1, "a0"), Whole.Leases[1]] },
        "waiter of no run" => Whole with { Leases = [LeaseOf(1, "a0", new Waiter("a", -1))] },
        "one of two waiters of no run" => Whole with { Leases = [LeaseOf(1, "a0", new Waiter("a", 0), new Waiter("b", -1))] },
        "range from before the first" => With(Sweep("a", 0, new IndexRange(-1, 2))),
        "range of fewer than none" => With(Sweep("a", 0, new IndexRange(2, -1), new IndexRange(5, 9))),
        "range beyond the last" => With(Sweep("a", 0, new IndexRange(int.MaxValue, 1))),
        "second range beyond the last" => With(Sweep("a", 0, new IndexRange(0, 1), new IndexRange(int.MaxValue, 1))),
        "cursor before the first" => With(Sweep("a", -1, new IndexRange(0, 2))),
        "cursor beyond the last" => With(Sweep("a", 3, new IndexRange(0, 2))),
        _ => With(Sweep("a", 1, new IndexRange(0, 2)) with { Requeued = [new RequeuedRun(-1, null, RunHistory.None)] }),
    };

    private static QueueSnapshot With(SweepQueue queue) => Whole with { Sweeps = [queue, Whole.Sweeps[1]] };

    private static SweepQueue Sweep(string name, int cursor, params IndexRange[] ranges) =>
        new() { Sweep = name, Owner = "ann", Priority = 0, Numerics = "cpu", Order = 0, Ranges = ranges, Cursor = cursor };

    private static Lease LeaseOf(long token, string run, params Waiter[] waiters) =>
        new() { Token = token, Run = run, Worker = "w", Sequence = 1, Granted = Now, Waiters = waiters, History = RunHistory.None };
}

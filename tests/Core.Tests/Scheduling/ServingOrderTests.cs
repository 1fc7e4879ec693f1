using AdvSeg.Core.Scheduling;
using CsCheck;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class ServingOrderTests
{
    private readonly RunningCounts _running = new();
    private long _token;

    [Fact]
    public void Compare_HigherPriority_GoesFirstHoweverManyAreRunning()
    {
        Run("a", "ann", times: 9);

        Assert.Equal(["a", "b"], Served(Sweep("b", "bob", priority: 0, order: 0), Sweep("a", "ann", priority: 1, order: 1)));
    }

    [Fact]
    public void Compare_EqualPriority_TheOwnerWithFewestRunningGoesFirst()
    {
        Run("a", "ann", times: 1);
        Run("other", "ann", times: 1);
        Run("b", "bob", times: 1);

        // Sweep b has as many running as sweep a; its owner has fewer.
        Assert.Equal(["b", "a"], Served(Sweep("a", "ann", order: 0), Sweep("b", "bob", order: 1)));
    }

    [Fact]
    public void Compare_EqualOwners_TheSweepWithFewestRunningGoesFirst()
    {
        Run("a1", "ann", times: 2);
        Run("a2", "ann", times: 1);
        Run("b", "bob", times: 3);

        // Both owners have three running, so the sweeps decide: 1, 2, 3.
        Assert.Equal(["a2", "a1", "b"], Served(Sweep("a1", "ann", order: 0), Sweep("b", "bob", order: 1), Sweep("a2", "ann", order: 2)));
    }

    [Fact]
    public void Compare_EqualInEverything_FirstInFirstOut() =>
        Assert.Equal(["z", "m", "a"], Served(Sweep("a", "ann", order: 9), Sweep("z", "bob", order: 3), Sweep("m", "ann", order: 5)));

    [Fact]
    public void Count_OfASharedAttempt_IsOneForEachThatWaits()
    {
        _running.Set(7, [new Claim("a1", "ann"), new Claim("a2", "ann"), new Claim("b", "bob")]);

        Assert.Equal((2, 1), (_running.OfOwner("ann"), _running.OfOwner("bob")));
        Assert.Equal((1, 1, 1), (_running.OfSweep("a1"), _running.OfSweep("a2"), _running.OfSweep("b")));
    }

    [Fact]
    public void Count_OfAnAttemptWhoseWaitersChanged_ForgetsTheFormerOnes()
    {
        _running.Set(7, [new Claim("a", "ann"), new Claim("b", "bob")]);
        _running.Set(7, [new Claim("b", "bob")]);
        Assert.Equal((0, 1), (_running.OfOwner("ann"), _running.OfOwner("bob")));

        _running.Remove(7);
        _running.Remove(7);
        Assert.Equal((0, 0), (_running.OfOwner("bob"), _running.OfSweep("b")));
    }

    [Fact]
    public void Counts_AfterAnyHistory_AreWhatRecountingFinds()
    {
        Gen<Claim[]> claims = Gen.Select(Gen.Int[0, 3], i => new Claim($"s{i}", i < 2 ? "ann" : "bob")).Array[0, 4];
        Gen.Select(Gen.Long[1, 5], Gen.Bool, claims).Array[0, 60].Sample(history =>
        {
            var running = new RunningCounts();
            Dictionary<long, Claim[]> there = [];
            foreach ((long token, bool ends, Claim[] set) in history)
            {
                if (ends)
                {
                    running.Remove(token);
                    there.Remove(token);
                }
                else
                {
                    running.Set(token, set);
                    there[token] = set;
                }

                List<Claim> all = [.. there.Values.SelectMany(c => c)];
                Assert.All(["ann", "bob"], o => Assert.Equal(all.Count(c => c.Owner == o), running.OfOwner(o)));
                Assert.All(["s0", "s1", "s2", "s3"], s => Assert.Equal(all.Count(c => c.Sweep == s), running.OfSweep(s)));
            }
        });
    }

    private void Run(string sweep, string owner, int times)
    {
        for (int i = 0; i < times; i++)
        {
            _running.Set(_token++, [new Claim(sweep, owner)]);
        }
    }

    private string[] Served(params SweepQueue[] ready) => [.. ready.Order(new ServingOrder(_running)).Select(s => s.Sweep)];

    private static SweepQueue Sweep(string sweep, string owner, long order, int priority = 0) =>
        new() { Sweep = sweep, Owner = owner, Priority = priority, Numerics = "cpu", Order = order, Ranges = [] };
}

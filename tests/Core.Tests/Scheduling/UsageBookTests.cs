using AdvSeg.Core.Scheduling;
using CsCheck;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class UsageBookTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly UsageBook _book = new([new OwnerUsage("ann", 3600)], Now);

    [Fact]
    public void UsedBy_WhileAttemptsRun_AddsTheirTimeToWhatWasCharged()
    {
        _book.Set(1, ["ann"], Now);
        _book.Set(2, ["ann"], Now.AddHours(1));

        // 1 h stored, 3 h of the first attempt, 2 h of the second.
        Assert.Equal(6, _book.UsedBy("ann", Now.AddHours(3)).TotalHours, 12);
        Assert.Equal([new OwnerUsage("ann", 3600)], _book.Charged);
    }

    [Fact]
    public void UsedBy_OfASharedAttempt_IsSplitEvenlyWhileTheyShareIt()
    {
        _book.Set(1, ["ann", "bob", "cat"], Now);
        _book.Charge(1, Now.AddHours(3));
        _book.Set(1, ["bob", "cat"], Now.AddHours(3));

        // Three hours by three, then four hours by two.
        DateTimeOffset at = Now.AddHours(7);
        Assert.Equal((1 + 1.0, 1 + 2.0, 1 + 2.0), (Hours("ann", at), Hours("bob", at), Hours("cat", at)));
        Assert.Equal([new("ann", 7200), new("bob", 3600), new OwnerUsage("cat", 3600)], _book.Charged);
    }

    [Fact]
    public void Charge_Again_ChargesOnlyTheTimeSince()
    {
        _book.Set(1, ["bob"], Now);
        _book.Charge(1, Now.AddSeconds(10));
        _book.Charge(1, Now.AddSeconds(10));
        _book.Charge(1, Now.AddSeconds(25));

        Assert.Equal([new OwnerUsage("ann", 3600), new OwnerUsage("bob", 25)], _book.Charged);
        Assert.Equal(25, _book.UsedBy("bob", Now.AddSeconds(25)).TotalSeconds);
    }

    [Fact]
    public void Charge_ByAClockThatWentBack_TakesNothingAway()
    {
        _book.Set(1, ["ann"], Now.AddSeconds(5));

        Assert.Equal(3600, _book.UsedBy("ann", Now).TotalSeconds);
        _book.Charge(1, Now);
        Assert.Equal([new OwnerUsage("ann", 3600)], _book.Charged);
    }

    [Fact]
    public void UsedBy_AfterTheEnd_StandsStill()
    {
        _book.Set(1, ["ann"], Now);
        _book.Charge(1, Now.AddHours(1));
        _book.Remove(1);

        Assert.Equal(2, Hours("ann", Now.AddHours(9)));
    }

    [Fact]
    public void UsedBy_AfterAnyHistory_IsWhatRecountingFinds()
    {
        string[][] groups = [[], ["ann"], ["bob"], ["ann", "bob"], ["bob", "cat", "ann"]];
        Gen<string[]> owners = Gen.Int[0, groups.Length - 1].Select(i => groups[i]);
        Gen.Select(Gen.Long[1, 4], Gen.Int[0, 2], owners, Gen.Double[0, 1000]).Array[0, 40].Sample(history =>
        {
            var book = new UsageBook([], Now);
            Dictionary<long, string[]> running = [];
            Dictionary<string, double> used = new() { ["ann"] = 0, ["bob"] = 0, ["cat"] = 0 };
            DateTimeOffset now = Now;
            foreach ((long token, int act, string[] who, double seconds) in history)
            {
                if (running.ContainsKey(token))
                {
                    book.Charge(token, now);
                }

                if (act == 0)
                {
                    book.Remove(token);
                    running.Remove(token);
                }
                else if (act == 1)
                {
                    book.Set(token, who, now);
                    running[token] = who;
                }

                now += TimeSpan.FromSeconds(seconds);
                foreach (string[] sharing in running.Values)
                {
                    Array.ForEach(sharing, o => used[o] += seconds / sharing.Length);
                }

                Assert.All(used, u => Assert.Equal(u.Value, book.UsedBy(u.Key, now).TotalSeconds, tolerance: 1e-3));
            }
        });
    }

    private double Hours(string owner, DateTimeOffset at) => _book.UsedBy(owner, at).TotalHours;
}

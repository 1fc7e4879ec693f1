using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class OwnerLimitTests
{
    [Fact]
    public void ParseList_OfOwners_GivesTheirHours() =>
        Assert.Equal([new OwnerLimit("ann", 100), new OwnerLimit("b.ob", 12.5)], OwnerLimit.ParseList(" ann=100, b.ob = 12.5,", "x"));

    [Fact]
    public void Limit_OfNothing_IsALimit() => Assert.Equal([new OwnerLimit("ann", 0)], OwnerLimit.ParseList("ann=0", "x"));

    /// <summary>To the second: who has used all of it has used it up.</summary>
    [Fact]
    public void Limit_UsedUpExactly_GrantsNothingMore()
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var queue = new LeaseQueue(
            new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy { Limits = [new OwnerLimit("ann", 1)] }, now);
        queue.Add("a", "ann", 0, "cpu", new IndexRange(0, 3));
        queue.Grant("w", 1, "cpu", now);

        Assert.NotNull(queue.Grant("w", 2, "cpu", now.AddSeconds(3599)));
        queue.Complete("a1", foundBeforeTraining: false, now.AddSeconds(3599));
        Assert.Null(queue.Grant("w", 3, "cpu", now.AddSeconds(3600)));
    }

    [Theory]
    [InlineData("ann")]
    [InlineData("ann=")]
    [InlineData("=3")]
    [InlineData("ann=-1")]
    [InlineData("ann=NaN")]
    [InlineData("ann=1=2")]
    [InlineData("ann=1,ann=2")]
    public void ParseList_OfAnythingElse_IsRefusedNamingIt(string text)
    {
        SpecException e = Assert.Throws<SpecException>(() => OwnerLimit.ParseList(text, "ADVSEG_OWNER_HOURS"));

        Assert.Contains($"ADVSEG_OWNER_HOURS has '{text.Split(',')[^1]}'", e.Message);
    }
}

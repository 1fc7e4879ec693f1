using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class OwnerLimitTests
{
    [Fact]
    public void ParseList_OfOwners_GivesTheirHours() =>
        Assert.Equal([new OwnerLimit("ann", 100), new OwnerLimit("b.ob", 12.5)], OwnerLimit.ParseList(" ann=100, b.ob = 12.5,", "x"));

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

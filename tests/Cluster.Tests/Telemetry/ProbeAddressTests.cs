using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Health;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>Where probes answer, as people write it.</summary>
public sealed class ProbeAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8081", "127.0.0.1:8081")]
    [InlineData("0.0.0.0:8081", "0.0.0.0:8081")]
    [InlineData("*:0", "0.0.0.0:0")]
    [InlineData("localhost:9", "127.0.0.1:9")]
    [InlineData("[::1]:8081", "[::1]:8081")]
    [InlineData("off", null)]
    public void Address_AsPeopleWriteIt_IsRead(string text, string? expected) =>
        Assert.Equal(expected, ProbeAddress.Parse(text, "--http")?.ToString());

    [Theory]
    [InlineData("8081")]
    [InlineData("somewhere:8081")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:70000")]
    public void Address_WrittenOtherwise_IsRefusedWithTheRemedy(string text)
    {
        SpecException e = Assert.Throws<SpecException>(() => ProbeAddress.Parse(text, "--http"));
        Assert.StartsWith($"--http is '{text}'; write ADDRESS:PORT", e.Message);
    }
}

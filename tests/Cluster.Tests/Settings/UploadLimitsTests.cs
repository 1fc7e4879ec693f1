using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;
using AdvSeg.UseCases.Cohorts;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Settings;

/// <summary>Limits under which nothing could be uploaded, or everything would be removed, are refused by name.</summary>
public sealed class UploadLimitsTests
{
    [Theory]
    [InlineData("Expiry", "-1.00:00:00", "ADVSEG_Uploads__Expiry is '-1.00:00:00'")]
    [InlineData("Expiry", "0", "ADVSEG_Uploads__Expiry is '00:00:00'")]
    [InlineData("Open", "0", "ADVSEG_Uploads__Open is '0'")]
    [InlineData("Gibibytes", "-3", "ADVSEG_Uploads__Gibibytes is '-3'")]
    [InlineData("Expiry", "abc", "'abc' at 'Uploads:Expiry'")]
    public void Limit_ThatMakesNoSense_IsRefused(string name, string value, string expected)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create($"Uploads:{name}", (string?)value)]).Build();

        var refused = Assert.Throws<SpecException>(() => configuration.Section<UploadLimits>("Uploads"));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Limits_ThatAreNotGiven_AreTheDefaults() =>
        Assert.Equal(new UploadLimits(), new ConfigurationBuilder().Build().Section<UploadLimits>("Uploads"));
}

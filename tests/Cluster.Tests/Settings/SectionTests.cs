using System.ComponentModel.DataAnnotations;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Silo.Settings;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Quotas;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Settings;

/// <summary>One class a section, read and checked in one way by every program that has it.</summary>
public sealed class SectionTests
{
    public static TheoryData<Type> Sections =>
    [
        typeof(LeasePolicy), typeof(MembershipPolicy), typeof(CheckpointPolicy), typeof(HealthPolicy), typeof(LogSettings), typeof(UploadLimits),
        typeof(AuditSettings), typeof(QuotaSettings), typeof(ProxySettings), typeof(OidcSettings), typeof(EndpointSettings),
    ];

    /// <summary>Whatever a person may type has an end.</summary>
    [Theory]
    [MemberData(nameof(Sections))]
    public void Setting_ThatIsANumberOrATime_HasItsLimits(Type section) => Assert.All(
        section.GetProperties().Where(p => p.CanWrite && p.PropertyType is { IsValueType: true, IsEnum: false } && p.PropertyType != typeof(bool)),
        p => Assert.True(p.IsDefined(typeof(RangeAttribute), inherit: true), $"{section.Name}.{p.Name}"));

    [Theory]
    [InlineData("Lease:TimeToLive", "00:00:02", "ADVSEG_Lease__TimeToLive is '00:00:02'; leases are renewed once a second, so use 00:00:03 to ")]
    [InlineData("Lease:MaxLosses", "0", "ADVSEG_Lease__MaxLosses is '0'; use 1 to 1000, or leave it out.")]
    [InlineData("Membership:ProbeTimeout", "0", "ADVSEG_Membership__ProbeTimeout is '00:00:00'; use a time above 0")]
    [InlineData("Membership:MaxProbeTimeout", "00:00:00.5", "is 00:00:00.5000000, below ADVSEG_Membership__ProbeTimeout 00:00:01; raise it.")]
    [InlineData("Membership:Votes", "0", "ADVSEG_Membership__Votes is '0'; use 1 to 100")]
    [InlineData("Checkpoints:EverySteps", "-1", "ADVSEG_Checkpoints__EverySteps is '-1'; use a whole number of steps from 0 on")]
    [InlineData("Health:Grace", "-00:00:01", "ADVSEG_Health__Grace is '-00:00:01'; use a time above 0")]
    [InlineData("Health:Every", "soon", "'soon' at 'Health:Every'")]
    [InlineData("Log:Megabytes", "0", "ADVSEG_Log__Megabytes is '0'; use 1 to 10240 megabytes, or leave it out.")]
    [InlineData("Log:Files", "1001", "ADVSEG_Log__Files is '1001'; use 1 to 1000 files")]
    [InlineData("Audit:Days", "0", "ADVSEG_Audit__Days is '0'; use 1 to 3660 days")]
    [InlineData("Oidc:Recheck", "00:01:00", "ADVSEG_Oidc__Recheck is '00:01:00'; give a time from 00:05:00 to 10:00:00")]
    [InlineData("Proxy:UserHeader", "X Forwarded", "ADVSEG_Proxy__UserHeader is 'X Forwarded'; write the name of a header")]
    [InlineData("Port", "65536", "ADVSEG_PORT is '65536'; use 0 to 65535, or leave it out.")]
    [InlineData("Gateway", "x", "'x' at 'Gateway'")]
    [InlineData("Listen", "here", "ADVSEG_LISTEN is 'here'; use an IP address of this machine")]
    public void Value_ThatMakesNoSense_IsRefusedByNameAndRemedy(string key, string value, string expected)
    {
        IConfiguration given = Given((key, value));

        var refused = Assert.Throws<SpecException>(() => ReadAll(given));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [Fact]
    public void Value_ThatIsEmpty_IsNotGiven() => ReadAll(Given(("Lease:MaxLosses", ""), ("Health:Grace", ""), ("Port", ""), ("Log_Folder", "")));

    [Fact]
    public void Log_OfSettings_IsReadWholeFromSectionAndNames()
    {
        LogSettings read = LogSettings.From(Given(("Log_Format", "json"), ("Log_Folder", "/logs"), ("Log:Megabytes", "3"), ("Log:Files", "2")));

        Assert.Equal(new LogSettings { Format = LogFormat.Json, Folder = "/logs", Megabytes = 3, Files = 2 }, read);
        Assert.Equal(new LogSettings(), LogSettings.From(Given()));
    }

    private static IConfiguration Given(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, (string?)v.Value))).Build();

    private static void ReadAll(IConfiguration configuration)
    {
        configuration.Section<LeasePolicy>("Lease");
        configuration.Section<MembershipPolicy>("Membership");
        configuration.Section<CheckpointPolicy>("Checkpoints");
        configuration.Section<HealthPolicy>("Health");
        LogSettings.From(configuration);
        configuration.Section<AuditSettings>("Audit");
        AccessSettings.From(configuration);
        configuration.Section<EndpointSettings>("");
    }
}

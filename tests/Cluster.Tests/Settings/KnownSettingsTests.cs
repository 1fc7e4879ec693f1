using System.Globalization;
using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Dashboard.Access;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Silo.Settings;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Quotas;

namespace AdvSeg.Cluster.Tests.Settings;

/// <summary>The list of settings is what the programs read, with the defaults that they have, and what docs/settings.md shows.</summary>
public sealed partial class KnownSettingsTests
{
    private static readonly string[] NotForPeople = ["SoleProcess", "Limits", "Format", "Folder"];

    [Fact]
    public void Page_OfSettings_IsTheListOfTheCode()
    {
        string[] rows =
        [
            "| setting | default | read by | meaning |", "|---|---|---|---|",
            .. KnownSettings.All.Select(s => $"| `{s.Name}` | {s.Default} | {s.ReadBy} | {s.Meaning} |"),
        ];

        string page = File.ReadAllText(Path.Combine(Root(), "docs", "settings.md"));

        Assert.Contains(string.Join('\n', rows), page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Lease", typeof(LeasePolicy))]
    [InlineData("Membership", typeof(MembershipPolicy))]
    [InlineData("Checkpoints", typeof(CheckpointPolicy))]
    [InlineData("Health", typeof(HealthPolicy))]
    [InlineData("Log", typeof(LogSettings))]
    [InlineData("Uploads", typeof(UploadLimits))]
    [InlineData("Audit", typeof(AuditSettings))]
    [InlineData("Quota", typeof(QuotaSettings))]
    [InlineData("Roles", typeof(RoleSettings))]
    [InlineData("Proxy", typeof(ProxySettings))]
    [InlineData("Oidc", typeof(OidcSettings))]
    public void Section_OfSettings_HasEveryPropertyWithItsDefault(string section, Type type)
    {
        object defaults = Activator.CreateInstance(type)!;
        IEnumerable<string> expected = type.GetProperties().Where(p => p.CanWrite && !NotForPeople.Contains(p.Name))
            .Select(p => $"ADVSEG_{section}__{p.Name} {Text(p.GetValue(defaults))}");

        IEnumerable<string> listed = KnownSettings.All.Where(s => s.Name.StartsWith($"ADVSEG_{section}__", StringComparison.Ordinal))
            .Select(s => $"{s.Name} {s.Default}");

        Assert.Equal(expected.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Option_OfASilo_HasItsSetting() =>
        Assert.All(SiloOptions.All(), option => Assert.Contains(
            KnownSettings.All,
            s => s.Name == $"ADVSEG_{option.Name[2..].Replace('-', '_').ToUpperInvariant()}" && s.ReadBy.Split(", ").Contains("silo")));

    [Fact]
    public void Source_OfThePrograms_NamesNoOtherSettings()
    {
        string[] known = [.. KnownSettings.All.SelectMany(s => s.Variables)];
        IEnumerable<string> named = Directory.EnumerateFiles(Path.Combine(Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Path.GetFileName(file) != "KnownSettings.cs")
            .SelectMany(file => Named().Matches(File.ReadAllText(file)).Select(m => m.Value)).Distinct();

        Assert.All(named, name => Assert.Contains(known, k => k == name || (name.EndsWith("__", StringComparison.Ordinal) && k.StartsWith(name))));
    }

    [Theory]
    [InlineData("ADVSEG_SLOT", "did you mean ADVSEG_SLOTS?")]
    [InlineData("ADVSEG_Redis", "did you mean ADVSEG_REDIS?")]
    [InlineData("ADVSEG_Lease__TimeToLife", "did you mean ADVSEG_Lease__TimeToLive?")]
    [InlineData("ADVSEG_Lease__SoleProcess", "no setting of AdvSeg")]
    [InlineData("ADVSEG_PRICE_OF_TEA", "; unset it. docs/settings.md lists them all.")]
    [InlineData("ADVSEG_CONTROL_SERVICE_PORT", "no setting of AdvSeg")]
    public void Name_ThatIsNoSetting_IsRefusedWithTheNearest(string name, string expected)
    {
        var e = Assert.Throws<SpecException>(() => KnownSettings.RefuseUnknown([name, "PATH", "ADVSEG_SLOTS"]));

        Assert.Contains($"The environment variable {name} is no setting of AdvSeg", e.Message, StringComparison.Ordinal);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_OfASettingOrOfAServiceOfTheCluster_IsTaken() =>
        KnownSettings.RefuseUnknown(
        [
            .. KnownSettings.All.Select(s => s.Name), "PATH", "advseg_slot", "ADVSEG_LEASE__TIMETOLIVE", "ADVSEG_Lease:TimeToLive",
            "ADVSEG_LONG_TESTS", "ADVSEG_CONTROL_SERVICE_HOST", "ADVSEG_CONTROL_SERVICE_PORT",
            "ADVSEG_CONTROL_SERVICE_PORT_SILO", "ADVSEG_CONTROL_PORT", "ADVSEG_CONTROL_PORT_30000_TCP", "ADVSEG_CONTROL_PORT_30000_TCP_ADDR",
        ]);

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AdvSeg.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    [GeneratedRegex("ADVSEG_[A-Za-z][A-Za-z_]*[A-Za-z_]")]
    private static partial Regex Named();
}

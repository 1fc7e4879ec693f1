using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace AdvSeg.Repository.Tests;

/// <summary>What a build brings along is named with its licence, and every licence is one that may be brought along.</summary>
public sealed partial class NoticeTests
{
    private static readonly string[] Allowed = ["MIT", "Apache-2.0", "BSD-3-Clause"];

    /// <summary>Packages that give their licence as a file or an address, which were read.</summary>
    private static readonly Dictionary<string, string> Read = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Apache.Arrow"] = "Apache-2.0",
        ["System.Security.Cryptography.ProtectedData"] = "MIT",
    };

    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "THIRD-PARTY-NOTICES.md"));

    private static IEnumerable<Notice> Notices =>
        Row().Matches(Text).Select(m => new Notice(m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value, m.Groups[4].Value));

    [Fact]
    public void Notices_NameEveryPackageOfABuildAndNoOther()
    {
        string[] locked = [.. Repository.Files("packages.lock.json", "src").SelectMany(Packages).Distinct().Order(StringComparer.OrdinalIgnoreCase)];
        string[] named = [.. Notices.Select(n => $"{n.Package} {n.Version}").Order(StringComparer.OrdinalIgnoreCase)];

        Assert.Empty(locked.Except(named, StringComparer.OrdinalIgnoreCase));
        Assert.Empty(named.Except(locked, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public void Licence_OfEachPackage_IsAllowedAndItsTextIsThere() => Assert.All(Notices, notice =>
    {
        Assert.Contains(notice.Licence, Allowed);
        Assert.Contains($"\n## {notice.Licence}\n", Text);
        Assert.NotEmpty(notice.By);
    });

    /// <summary>Against the packages themselves, which a build has restored.</summary>
    [Fact]
    public void Licence_OfEachPackage_IsTheOneThatThePackageSays()
    {
        List<Notice> looked = [.. Notices.Where(n => File.Exists(SpecOf(n)))];

        Assert.NotEmpty(looked);
        Assert.All(looked, notice => Assert.Equal(notice.Licence, LicenceIn(SpecOf(notice)) ?? Read.GetValueOrDefault(notice.Package)));
    }

    private static string? LicenceIn(string spec) => XDocument.Load(spec).Descendants()
        .FirstOrDefault(e => e.Name.LocalName == "license" && e.Attribute("type")?.Value == "expression")?.Value;

    private static string SpecOf(Notice notice)
    {
        string cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES") is { Length: > 0 } given
            ? given
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        string name = notice.Package.ToLowerInvariant();
        return Path.Combine(cache, name, notice.Version.ToLowerInvariant(), $"{name}.nuspec");
    }

    private static IEnumerable<string> Packages(string lockFile)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(lockFile));
        return
        [
            .. from framework in document.RootElement.GetProperty("dependencies").EnumerateObject()
               from package in framework.Value.EnumerateObject()
               where package.Value.GetProperty("type").GetString() != "Project"
               select $"{package.Name} {package.Value.GetProperty("resolved").GetString()}",
        ];
    }

    [GeneratedRegex(@"(?m)^\| ([\w.-]+) \| (\d[\w.-]*) \| ([\w.-]+) \| (.+) \|$")]
    private static partial Regex Row();

    private sealed record Notice(string Package, string Version, string Licence, string By);
}

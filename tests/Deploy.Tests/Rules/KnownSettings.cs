using System.CommandLine;
using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>The <c>ADVSEG_</c> variables that the programs read: asked of their options, and for the dashboard of its source.</summary>
internal static partial class KnownSettings
{
    private static readonly string[] Sections = [nameof(SiloSettings.Membership), nameof(SiloSettings.Lease), nameof(SiloSettings.Checkpoints)];

    public static IReadOnlySet<string> OfSilo { get; } = Set(
    [
        .. SiloOptions.All().Select(VariableOf),
        .. from section in Sections
        from property in typeof(SiloSettings).GetProperty(section)!.PropertyType.GetProperties()
        select $"ADVSEG_{section}__{property.Name}",
        .. Constants().Matches(Checkout.Read("src", "Silo", "Settings", "SiloConfiguration.cs")).Select(m => m.Groups[1].Value),
    ]);

    public static IReadOnlySet<string> OfDashboard { get; } = Set(
        from file in Directory.EnumerateFiles(Checkout.PathOf("src", "Dashboard"), "*.cs", SearchOption.AllDirectories)
        from match in Keys().Matches(File.ReadAllText(file))
        select $"ADVSEG_{match.Groups[1].Value.Replace(":", "__", StringComparison.Ordinal)}");

    public static IReadOnlySet<string> Of(Workload workload) => workload.IsSilo ? OfSilo : OfDashboard;

    private static string VariableOf(Option option) =>
        $"ADVSEG_{option.Name.TrimStart('-').Replace('-', '_').ToUpperInvariant()}";

    private static HashSet<string> Set(IEnumerable<string> names) => names.ToHashSet(StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex("\"(ADVSEG_[A-Z_]+)\"")]
    private static partial Regex Constants();

    [GeneratedRegex("""onfiguration(?:\[|\.GetValue\()"([A-Za-z_:]+)"[\],]""")]
    private static partial Regex Keys();
}

using AdvSeg.Deploy.Tests.Manifests;
using Listed = AdvSeg.Hosting.Settings.KnownSettings;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>The <c>ADVSEG_</c> variables that the programs read, by the list that stops them when a variable is not in it.</summary>
internal static class KnownSettings
{
    public static IReadOnlySet<string> OfSilo { get; } = ReadBy("silo");

    public static IReadOnlySet<string> OfDashboard { get; } = ReadBy("dashboard");

    public static IReadOnlySet<string> Of(Workload workload) => workload.IsSilo ? OfSilo : OfDashboard;

    private static HashSet<string> ReadBy(string program) =>
        [.. Listed.All.Where(setting => setting.ReadBy.Split(", ").Contains(program)).SelectMany(setting => setting.Variables)];
}

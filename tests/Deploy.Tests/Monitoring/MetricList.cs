using AdvSeg.Deploy.Tests.Manifests;

namespace AdvSeg.Deploy.Tests.Monitoring;

/// <summary>A line of <c>deploy/prometheus/metrics.txt</c>.</summary>
internal sealed record Metric(string Name, string Kind, IReadOnlyList<string> Labels)
{
    /// <summary>A histogram is three series.</summary>
    public IEnumerable<string> Series => Kind == "histogram" ? [$"{Name}_bucket", $"{Name}_count", $"{Name}_sum"] : [Name];
}

internal static class MetricList
{
    public static IReadOnlyList<Metric> All { get; } =
    [
        .. from line in Checkout.Read("deploy", "prometheus", "metrics.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        where line[0] != '#'
        let words = line.Split(' ')
        select new Metric(words[0], words[1], words[2..]),
    ];

    public static Metric? Of(string series) => All.FirstOrDefault(m => m.Series.Contains(series));
}

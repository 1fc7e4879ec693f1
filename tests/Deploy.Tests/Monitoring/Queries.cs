using System.Text.Json;
using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;

namespace AdvSeg.Deploy.Tests.Monitoring;

/// <summary>One PromQL expression, and where it stands.</summary>
public sealed record Query(string Where, string Expression)
{
    public override string ToString() => Where;
}

/// <summary>Every query of rules, dashboards and the autoscaler.</summary>
internal static partial class Queries
{
    public static IReadOnlyList<Query> OfDashboards { get; } =
    [
        .. from file in Directory.EnumerateFiles(Checkout.PathOf("deploy", "grafana"), "*.json").Order(StringComparer.Ordinal)
        from panel in PanelsOf(file)
        where panel.TryGetProperty("targets", out _)
        from target in panel.GetProperty("targets").EnumerateArray()
        select new Query($"{Path.GetFileName(file)}: {panel.GetProperty("title")}", target.GetProperty("expr").GetString()!),
    ];

    public static IReadOnlyList<Query> OfRules { get; } =
    [
        .. ClusterObjects.Parse(Checkout.Read("deploy", "k8s", "components", "monitoring", "rules.yaml")).Of<PrometheusRule>()
            .SelectMany(r => r.Spec.Groups).SelectMany(g => g.Rules).Select(r => new Query(r.Name, r.Expr)),
    ];

    public static IReadOnlyList<Query> OfScaling { get; } =
    [
        .. ClusterObjects.Parse(Checkout.Read("deploy", "k8s", "components", "keda", "workers.yaml")).Of<ScaledObject>()
            .SelectMany(s => s.Spec.Triggers).Select(t => new Query("keda", t.Metadata["query"])),
    ];

    public static IReadOnlyList<Query> All { get; } = [.. OfRules, .. OfDashboards, .. OfScaling];

    public static IReadOnlyList<JsonElement> PanelsOf(string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(file));
        return [.. document.RootElement.Clone().GetProperty("panels").EnumerateArray()];
    }

    /// <summary>The metrics of an expression, with the labels that are matched on them.</summary>
    public static IEnumerable<(string Metric, IReadOnlyList<string> Labels)> MetricsOf(string expression) =>
        from match in Selector().Matches(expression)
        select (match.Groups["metric"].Value,
            (IReadOnlyList<string>)[.. LabelName().Matches(match.Groups["matchers"].Value).Select(l => l.Groups[1].Value)]);

    /// <summary>Metrics with their matchers, as they stand.</summary>
    public static IEnumerable<string> SelectorsOf(string expression) => Selector().Matches(expression).Select(m => m.Value);

    /// <summary>The labels that an expression groups by.</summary>
    public static IEnumerable<string> GroupingOf(string expression) =>
        from match in Grouping().Matches(expression)
        from label in match.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        select label;

    [GeneratedRegex(@"\b(?<metric>(?:advseg|dotnet)_\w+)(?:\{(?<matchers>[^}]*)\})?")]
    private static partial Regex Selector();

    [GeneratedRegex("(\\w+)\\s*(?:=~|!~|!=|=)\\s*\"")]
    private static partial Regex LabelName();

    [GeneratedRegex(@"\bby\s*\(([^)]*)\)")]
    private static partial Regex Grouping();
}

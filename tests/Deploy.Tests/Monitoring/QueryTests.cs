using System.Text.Json;
using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;

namespace AdvSeg.Deploy.Tests.Monitoring;

public sealed partial class QueryTests
{
    /// <summary>Labels that Prometheus itself puts on what it scrapes, and the bucket of a histogram.</summary>
    private static readonly string[] Given = ["instance", "job", "le"];

    public static TheoryData<Query> All { get; } = [.. Queries.All];

    public static TheoryData<string> Boards { get; } =
        [.. Directory.EnumerateFiles(Checkout.PathOf("deploy", "grafana"), "*.json").Select(path => Path.GetFileName(path))];

    [Fact]
    public void Queries_OfRulesDashboardsAndAutoscaler_AreFound()
    {
        Assert.Equal(13, Queries.OfRules.Count);
        Assert.True(Queries.OfDashboards.Count > 40);
        Assert.Single(Queries.OfScaling);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Query_UsesOnlyMetricsAndLabelsOfTheList(Query query)
    {
        (string Metric, IReadOnlyList<string> Labels)[] used = [.. Queries.MetricsOf(query.Expression)];
        Assert.NotEmpty(used);
        Assert.All(used, u =>
        {
            Metric metric = MetricList.Of(u.Metric)
                ?? throw new InvalidOperationException($"{u.Metric} is no metric of deploy/prometheus/metrics.txt");
            Assert.Subset(metric.Labels.Concat(Given).ToHashSet(), u.Labels.ToHashSet());
        });
        HashSet<string> labels = [.. used.SelectMany(u => MetricList.Of(u.Metric)!.Labels), .. Given];
        Assert.Subset(labels, Queries.GroupingOf(query.Expression).ToHashSet());
    }

    [Theory]
    [InlineData("sum by (le) (rate(advseg_step_seconds_bucket[5m]))", "advseg_step_seconds_bucket", "", "le")]
    [InlineData("max(advseg_runs{state=\"queued\", x!~\"a\"})", "advseg_runs", "state,x", "")]
    public void Query_TakenApart_GivesMetricLabelsAndGrouping(string expression, string metric, string labels, string grouping)
    {
        (string found, IReadOnlyList<string> matched) = Assert.Single(Queries.MetricsOf(expression));
        Assert.Equal((metric, labels, grouping), (found, string.Join(',', matched), string.Join(',', Queries.GroupingOf(expression))));
    }

    /// <summary>The name of an instrument is a literal that says all of it.</summary>
    [Fact]
    public void Metric_OfTheList_IsOneThatTheCodeMakesAndTheOtherWayRound()
    {
        SortedSet<string> made = new(
            from file in Directory.EnumerateFiles(Checkout.PathOf("src"), "*.cs", SearchOption.AllDirectories)
            from match in Literal().Matches(File.ReadAllText(file))
            select match.Groups[1].Value, StringComparer.Ordinal);
        IEnumerable<string> listed = MetricList.All.Select(m => m.Name).Where(n => n.StartsWith("advseg_", StringComparison.Ordinal));
        Assert.Equal(listed.Order(StringComparer.Ordinal), made);
    }

    [Fact]
    public void Metric_OfTheList_FollowsPrometheusNaming() => Assert.All(MetricList.All, m =>
    {
        Assert.Matches("^[a-z][a-z0-9_]*$", m.Name);
        Assert.Equal(m.Kind == "counter", m.Name.EndsWith("_total", StringComparison.Ordinal));
        Assert.DoesNotContain(m.Labels, l => l.Contains("run", StringComparison.Ordinal) || l.Contains("sweep", StringComparison.Ordinal)
            || l.Contains("patient", StringComparison.Ordinal));
        Assert.Contains(m.Kind, new[] { "counter", "gauge", "histogram" });
    });

    [Theory]
    [MemberData(nameof(Boards))]
    public void Dashboard_Laid_HasEveryPanelOnceAndNoneOnAnother(string board)
    {
        IReadOnlyList<JsonElement> panels = Queries.PanelsOf(Checkout.PathOf("deploy", "grafana", board));
        Assert.Equal(panels.Count, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
        HashSet<(int X, int Y)> taken = [];
        foreach (JsonElement place in panels.Select(p => p.GetProperty("gridPos")))
        {
            int[] box = [.. new[] { "x", "y", "w", "h" }.Select(side => place.GetProperty(side).GetInt32())];
            (int x, int y, int w, int h) = (box[0], box[1], box[2], box[3]);
            Assert.True(x + w <= 24);
            Assert.All(from i in Enumerable.Range(x, w) from j in Enumerable.Range(y, h) select (i, j), cell => Assert.True(taken.Add(cell)));
        }
    }

    [Theory]
    [MemberData(nameof(Boards))]
    public void Dashboard_OfAnyPrometheus_TakesItsDataSourceFromTheVariable(string board)
    {
        string text = Checkout.Read("deploy", "grafana", board);
        string[] sources = [.. Uid().Matches(text).Select(m => m.Groups[1].Value)];
        Assert.Equal(["${datasource}"], sources.Distinct());
        Assert.Contains("\"type\": \"datasource\"", text, StringComparison.Ordinal);
    }

    [GeneratedRegex("\"(advseg_[a-z_]+)\"")]
    private static partial Regex Literal();

    [GeneratedRegex("\"type\": \"prometheus\",\\s*\"uid\": \"([^\"]+)\"")]
    private static partial Regex Uid();
}

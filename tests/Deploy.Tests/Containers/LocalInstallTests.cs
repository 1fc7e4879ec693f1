using System.Text.RegularExpressions;
using AdvSeg.Core.Sweeps;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Deploy.Tests.Monitoring;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>The overlay <c>local</c>, run for real. Skipped where namespaces, bubblewrap or a server are missing.</summary>
[Trait("Category", "Process")]
public sealed class LocalInstallTests(LocalInstallRun run) : IClassFixture<LocalInstallRun>
{
    /// <summary>What has no series while nothing is wrong, or without a GPU.</summary>
    private static readonly string[] Quiet =
    [
        "advseg_gpu_", "advseg_fenced_writes_total", "advseg_store_errors_total", "advseg_result_commit_total{result=\"fenced\"}",
        "advseg_runs_finished_total{outcome=\"failed\"}",
    ];

    [Fact]
    public void LocalInstall_WithAWorkerKilledAndAnotherDrained_FinishesItsSweep()
    {
        run.SkipWithoutParts();
        Assert.Equal(0, run.DrainExitCode);
        Assert.Equal((SweepStage.Finished, run.Ended!.Planned), (run.Ended.Stage, run.Ended.Completed));
    }

    /// <summary>Compiled in a folder without .git and anything built, as an engine compiles it.</summary>
    [Fact]
    public void Image_PublishedFromTheBuildContext_NamesTheCommit()
    {
        run.SkipWithoutParts();
        string version = Regex.Match(Checkout.Read("Directory.Build.props"), "<Version>(.+?)</Version>").Groups[1].Value;
        Assert.Equal(["control", "dashboard", "worker-cpu"], run.Versions.Keys.Order(StringComparer.Ordinal));
        Assert.All(run.Versions, v => Assert.Equal([$"{version}+{run.Commit}"], v.Value));
    }

    [Fact]
    public void Container_OfTheLocalInstall_StaysBelowItsMemoryAndHasNoCapabilities()
    {
        run.SkipWithoutParts();
        Assert.All(run.Pods, p =>
        {
            long peak = p.Value.PeakMemory();
            TestContext.Current.SendDiagnosticMessage($"{p.Key}: {peak >> 20} MiB at most");
            Assert.True(peak < p.Value.Workload.Container.Resources.Limits["memory"].ToDecimal(), $"{p.Key} had {peak >> 20} MiB");
            Assert.True(p.Value.Capabilities().All(c => c == '0'), $"{p.Key} has capabilities {p.Value.Capabilities()}");
        });
    }

    /// <summary>Every query of the dashboards, and every selector of the rules, on what a real Prometheus scraped.</summary>
    [Fact]
    public async Task Query_OnAScrapedSweep_FindsSeries()
    {
        run.SkipWithoutParts();
        Assert.SkipWhen(run.Prometheus is null, "prometheus is not here; install Debian's package of that name.");
        IEnumerable<string> selectors = Queries.OfRules.Concat(Queries.OfScaling)
            .SelectMany(q => Queries.SelectorsOf(q.Expression)).Select(selector => $"last_over_time({selector}[10m])");
        string[] queries = [.. Queries.OfDashboards.Select(q => q.Expression).Concat(selectors).Distinct()];
        List<string> empty = [];
        foreach (string query in queries)
        {
            if (await run.Prometheus.CountAsync(query) == 0 && !Array.Exists(Quiet, q => query.Contains(q, StringComparison.Ordinal)))
            {
                empty.Add(query);
            }
        }

        Assert.Empty(empty);
        Assert.True(queries.Length > 50);
    }

    [Fact]
    public async Task Alert_DuringAWholeSweep_IsNoFalseAlarm()
    {
        run.SkipWithoutParts();
        Assert.SkipWhen(run.Prometheus is null, "prometheus is not here; install Debian's package of that name.");
        Assert.Empty((await run.Prometheus.AlertsAsync()).Except(["AdvSegFencedWrites", "AdvSegFencedResults"]));
    }
}

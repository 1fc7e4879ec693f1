using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Telemetry;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Grains.Telemetry;
using AdvSeg.Hosting.Telemetry;
using AdvSeg.Silo.Telemetry;
using AdvSeg.Silo.Telemetry.Gpu;
using AdvSeg.Storage.Telemetry;
using AdvSeg.Storage.Tests;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>What is measured is what docs/metrics.md lists, and a scrape of a silo that has trained shows it.</summary>
[Collection(nameof(TraceTests))] // Meters of one name are one to a scrape: silos of other tests would count, too.
public sealed partial class MetricsTests
{
    /// <summary>Metrics that a silo without GPU, cluster or trouble, and whose trainer loads no cohort, has no series of.</summary>
    private static readonly string[] NotInThisScrape =
    [
        "advseg_cohort_load_seconds", "advseg_fenced_writes_total", "advseg_lease_expired_total",
    ];

    [Fact]
    public void Page_OfMetrics_ListsExactlyWhatIsRegistered()
    {
        using var readings = new MeterReadings();
        _ = new ClusterMetrics(readings.Factory);
        _ = new HostMetrics(readings.Factory, "all", null!);
        _ = new StoreMetrics(readings.Factory);
        _ = new SchedulerMetrics(readings.Factory);
        _ = new SiloMetrics(readings.Factory, null!);
        _ = new WorkerMetrics(readings.Factory, TimeProvider.System);
        using var gpu = new GpuMetrics(readings.Factory, 0, "no-such-library");

        Assert.Equal(readings.All.Select(i => $"{i.Name} {KindOf(i)}").Order(StringComparer.Ordinal), Listed().Order(StringComparer.Ordinal));
        Assert.All(readings.All, i => Assert.False(string.IsNullOrEmpty(i.Description), $"{i.Name} says nothing of itself"));
        Assert.All(
            readings.All,
            i => Assert.Equal(i is Counter<long> or ObservableCounter<long>, i.Name.EndsWith("_total", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Scrape_OfASiloThatTrained_HasEveryMetricAndNoIds()
    {
        await using ProbedSilo silo = await ProbedSilo.StartAsync();
        SweepSpec spec = TestSweep.Spec("scraped");
        ISweepGrain sweep = silo.Grains.GetGrain<ISweepGrain>(spec.Id().Value);
        await sweep.Start(TestSweep.Submission(spec));
        await TestCluster.WaitAsync(async () => await sweep.GetStatus() is { Ended: not null } ended ? ended : null);
        silo.Store.FailNext(1);
        await TestCluster.WaitAsync(async () =>
            (await silo.ScrapeAsync()).Contains("advseg_store_errors_total{", StringComparison.Ordinal) ? "failed" : null);
        silo.Store.Rule = _ => Task.FromResult(CallFault.None);

        string text = await silo.ScrapeAsync();

        string[] expected = [.. Listed().Select(l => l.Split(' ')[0]).Where(IsOfASilo).Except(NotInThisScrape)];
        Assert.All(expected, name => Assert.Matches($"(?m)^{name}(_count)?[{{ ]", text));
        Assert.Equal(10, Value(text, "advseg_runs_finished_total", "outcome=\"completed\""));
        Assert.Equal(10, Value(text, "advseg_result_commit_total", "result=\"committed\""));
        Assert.Equal(10, Value(text, "advseg_run_attempts_total", "end=\"completed\""));
        Assert.Equal(10, Value(text, "advseg_run_queue_wait_seconds_count", ""));
        Assert.Equal(2, Value(text, "advseg_slots", "state=\"idle\""));
        Assert.Equal(8, Value(text, "advseg_slot_idle_seconds_count", ""));
        Assert.Equal(100, Value(text, "advseg_checkpoint_bytes_sum", "") / Value(text, "advseg_checkpoint_bytes_count", ""));
        Assert.Contains("orleans_", text);
        foreach (RunRow row in (await sweep.GetRuns(0, 1000, null)).Rows)
        {
            Assert.DoesNotContain(row.Run[..12], text);
        }

        Assert.DoesNotContain(spec.Id().Value, text);
        Assert.DoesNotContain("A001", text);
        CheckWithPromtool(text);
    }

    [Fact]
    public async Task Store_ThatFails_IsCountedByOperationAndKind()
    {
        using var readings = new MeterReadings();
        using var folder = new TempFolder();
        var faulty = new FaultyStore(new AdvSeg.Storage.Folder.FolderArtifactStore(folder.Path, TimeProvider.System));
        var store = new MeteredArtifactStore(faulty, new StoreMetrics(readings.Factory), TimeProvider.System);

        await store.PutAsync("a", new byte[30]);
        await store.GetAsync("a");
        faulty.FailNext(1);
        await Assert.ThrowsAnyAsync<IOException>(() => store.ExistsAsync("a"));
        faulty.FailNext(1, CallFault.Refused);
        await Assert.ThrowsAnyAsync<IOException>(() => store.ListAsync("a").ToListAsync().AsTask());

        IReadOnlyList<(string Name, double Value)> read = readings.Read();
        Assert.Contains(("advseg_store_written_bytes_total", 30), read);
        Assert.Contains(("advseg_store_read_bytes_total", 30), read);
        Assert.Contains(("advseg_store_errors_total{operation=exists,kind=transient}", 1), read);
        Assert.Contains(("advseg_store_errors_total{operation=list,kind=lasting}", 1), read);
        Assert.Equal(
            ["put", "get", "exists", "list"],
            read.Where(r => r.Name.StartsWith("advseg_store_request_seconds", StringComparison.Ordinal)).Select(r => r.Name.Split('=', '}')[1]));
    }

    /// <summary>Name and kind of each row of the page's tables.</summary>
    private static IEnumerable<string> Listed()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "AdvSeg.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return Row().Matches(File.ReadAllText(Path.Combine(folder, "docs", "metrics.md"))).Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value}");
    }

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Counter<long> or ObservableCounter<long> => "counter",
        Histogram<double> or Histogram<long> => "histogram",
        _ => "gauge",
    };

    private static bool IsOfASilo(string name) =>
        !name.StartsWith("advseg_gpu_", StringComparison.Ordinal)
        && name is not ("advseg_runs" or "advseg_sweeps" or "advseg_workers" or "advseg_worker_slots");

    private static double Value(string text, string name, string label) =>
        text.Split('\n').Where(l => Regex.IsMatch(l, $"^{name}[{{ ]") && l.Contains(label, StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf('}') + 1)..].Trim().Split(' ')[0]));

    private static void CheckWithPromtool(string text)
    {
        string promtool = Environment.GetEnvironmentVariable("ADVSEG_PROMTOOL") ?? "promtool";
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(promtool, ["check", "metrics"])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            })!;

            // Orleans and the runtime name theirs as they like.
            process.StandardInput.Write(string.Join('\n', text.Split('\n').Where(l => l.Contains("advseg_", StringComparison.Ordinal))) + "\n");
            process.StandardInput.Close();
            string said = process.StandardError.ReadToEnd() + process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            TestContext.Current.AddWarning("promtool (Debian's prometheus) is not here: the scrape was not checked with it.");
        }
    }

    [GeneratedRegex(@"^\| `(advseg_\w+)(?:\{[\w, ]*\})?` \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}

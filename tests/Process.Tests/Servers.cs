using AdvSeg.Chaos;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Servers;

[assembly: AssemblyFixture(typeof(AdvSeg.Process.Tests.SharedServers))]
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace AdvSeg.Process.Tests;

/// <summary>
/// One Redis and one Azurite for all tests that do not hurt them, and what the tests' sweep comes to when nobody disturbs it. Without a
/// server here, tests skip with the reason.
/// </summary>
public sealed class SharedServers : IAsyncLifetime
{
    /// <summary>Fewer steps, and a run would be over before a fault reaches it.</summary>
    internal const int Steps = 60;
    private readonly TempFolder _folder = new();
    private readonly RedisServer _redis = new();
    private readonly AzuriteServer _azurite;
    private readonly SemaphoreSlim _once = new(1);
    private readonly Dictionary<string, SortedDictionary<string, string>> _undisturbed = [];
    private string? _missing;
    private int _clusters;

    public SharedServers() => _azurite = new AzuriteServer(_folder.Under("blobs"));

    internal static string Sweep => SweepFile.Whole("whole", Steps);

    internal static string TunedSweep => SweepFile.Tuned("tuned", Steps);

    /// <summary>Runs that take longer than a lease does.</summary>
    internal static string LongRuns => SweepFile.CrossValidation("long", runs: 1, steps: 400);

    public async ValueTask InitializeAsync()
    {
        try
        {
            await _redis.StartAsync();
            await _azurite.StartAsync();
        }
        catch (MissingPartException e)
        {
            _missing = e.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _redis.DisposeAsync();
        await _azurite.DisposeAsync();
        _once.Dispose();
        _folder.Dispose();
    }

    internal string Store => _azurite.ConnectionString;

    internal void SkipWithoutServers() => Assert.SkipWhen(_missing is not null, $"Not every server runs here: {_missing}");

    /// <summary>A folder of one test's own.</summary>
    internal string NewFolder() => Directory.CreateDirectory(_folder.Under($"{Interlocked.Increment(ref _clusters)}")).FullName;

    /// <param name="shape">The cluster.</param>
    /// <param name="redis">A Redis of its own; null: the shared one.</param>
    internal async Task<ClusterUnderTest> StartClusterAsync(ClusterShape shape, RedisServer? redis = null)
    {
        SkipWithoutServers();
        string folder = NewFolder();
        return await ClusterUnderTest.StartAsync(redis ?? _redis, _azurite, folder, shape with { Name = $"cluster-{Path.GetFileName(folder)}" });
    }

    /// <summary>Result digest of every run of a sweep, trained once without any fault.</summary>
    internal async Task<SortedDictionary<string, string>> UndisturbedAsync(string yaml)
    {
        await _once.WaitAsync();
        try
        {
            if (!_undisturbed.TryGetValue(yaml, out SortedDictionary<string, string>? digests))
            {
                _undisturbed[yaml] = digests = await TrainAsync(yaml);
            }

            return digests;
        }
        finally
        {
            _once.Release();
        }
    }

    private async Task<SortedDictionary<string, string>> TrainAsync(string yaml)
    {
        await using ClusterUnderTest cluster = await StartClusterAsync(new ClusterShape { CheckpointSteps = 1000 });
        string sweep = await cluster.SubmitAsync(yaml);
        SweepStatus status = await cluster.WaitForEndAsync(sweep, Wait.Sweep);
        Assert.Equal((SweepStage.Finished, 0), (status.Stage, status.Failed));
        return Digests(await cluster.ResultsAsync());
    }

    internal static SortedDictionary<string, string> Digests(IReadOnlyDictionary<string, RunResult> results) =>
        new(results.ToDictionary(r => r.Key, r => r.Value.ResultDigest), StringComparer.Ordinal);
}

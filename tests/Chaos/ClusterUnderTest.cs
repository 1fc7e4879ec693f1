using System.Net;
using System.Text;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Servers;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Retrying;

namespace AdvSeg.Chaos;

/// <summary>How big the cluster is, and how it is set.</summary>
internal sealed record ClusterShape
{
    public int Workers { get; init; } = 2;

    public int Controls { get; init; } = 1;

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointSteps { get; init; } = 10;

    /// <summary>Container and cluster name: two clusters on the same servers must differ in it.</summary>
    public string Name { get; init; } = "advseg";

    /// <summary>Azure Tables that hold the membership; null: Redis does.</summary>
    public string? Tables { get; init; }

    /// <summary>What every process runs at first.</summary>
    public Release Release { get; init; } = Release.Ours;

    /// <summary>Settings of every process besides.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Which host a silo is on; null: all are on this machine.</summary>
    public Func<string, LabHost>? Hosts { get; init; }
}

/// <summary>
/// A real cluster on this machine: Redis, Azurite, one control silo, workers and a dashboard, each a process of its own.
/// </summary>
internal sealed class ClusterUnderTest : IAsyncDisposable
{
    /// <summary>Six processes begin at once, and the dashboard waits for the silos: half a minute on a machine that others use.</summary>
    private static readonly TimeSpan SubmitLimit = TimeSpan.FromMinutes(3);

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly string _folder;
    private readonly int _port = FreePort.Next();
    private readonly Dictionary<string, string> _environment;
    private readonly bool _ownsServers;
    private LoggedProcess? _dashboard;

    private ClusterUnderTest(RedisServer redis, AzuriteServer azurite, string folder, ClusterShape shape, bool ownsServers)
    {
        (Redis, Azurite, _folder, _ownsServers) = (redis, azurite, folder, ownsServers);
        _environment = new()
        {
            ["ADVSEG_BLOB"] = azurite.ConnectionString,
            ["ADVSEG_CONTAINER"] = shape.Name,
            [shape.Tables is null ? "ADVSEG_REDIS" : "ADVSEG_TABLES"] = shape.Tables ?? redis.Address,
            ["ADVSEG_CLUSTER"] = shape.Name,
            ["ADVSEG_CHECKPOINT_STEPS"] = $"{shape.CheckpointSteps}",
            ["ADVSEG_TRUSTED_NETWORK"] = "1",
        };
        foreach ((string name, string value) in shape.Settings)
        {
            _environment[name] = value;
        }

        Controls = [.. Enumerable.Range(1, shape.Controls).Select(i => Node(shape.Controls == 1 ? "control" : $"control-{i}", SiloRole.Control))];
        Workers = [.. Enumerable.Range(1, shape.Workers).Select(i => Node($"worker-{i}", SiloRole.Worker))];
        Blob = new BlobSettings(azurite.ConnectionString, shape.Name);
        DashboardRelease = shape.Release;

        SiloNode Node(string name, SiloRole role) => shape.Hosts?.Invoke(name) is { } host
            ? new SiloNode(name, role, folder, _environment, host.Address, host.Launcher) { Release = shape.Release }
            : new SiloNode(name, role, folder, _environment) { Release = shape.Release };
    }

    public RedisServer Redis { get; }

    public AzuriteServer Azurite { get; }

    public IReadOnlyList<SiloNode> Controls { get; }

    public SiloNode Control => Controls[0];

    public IReadOnlyList<SiloNode> Workers { get; }

    public IEnumerable<SiloNode> Silos => [.. Controls, .. Workers];

    public BlobSettings Blob { get; }

    /// <summary>What the next dashboard runs.</summary>
    public Release DashboardRelease { get; set; }

    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>Starts servers and cluster.</summary>
    /// <exception cref="MissingPartException">A server cannot be run here.</exception>
    public static async Task<ClusterUnderTest> StartAsync(string folder, ClusterShape shape)
    {
        var redis = new RedisServer();
        var azurite = new AzuriteServer(Path.Combine(folder, "blobs"));
        await redis.StartAsync();
        await azurite.StartAsync();
        return await StartAsync(redis, azurite, folder, shape, ownsServers: true);
    }

    /// <summary>Starts a cluster on servers that are there.</summary>
    public static async Task<ClusterUnderTest> StartAsync(
        RedisServer redis, AzuriteServer azurite, string folder, ClusterShape shape, bool ownsServers = false)
    {
        Directory.CreateDirectory(folder);
        var cluster = new ClusterUnderTest(redis, azurite, folder, shape, ownsServers);
        try
        {
            await cluster.LaunchAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Nobody asks any more.</summary>
    public async Task KillDashboardAsync() => await _dashboard!.DisposeAsync();

    public void StartDashboard()
    {
        var environment = new Dictionary<string, string>(_environment) { ["ADVSEG_PORT"] = $"{_port}" };
        _dashboard = LoggedProcess.Start("dotnet", [DashboardRelease.Dashboard], environment, Path.Combine(_folder, "dashboard.log"));
    }

    /// <summary>Submits until the cluster has taken it: the dashboard may still be connecting.</summary>
    /// <exception cref="TimeoutException">It was not taken in time; the message says what was answered last.</exception>
    public async Task<string> SubmitAsync(string yaml)
    {
        string last = "nothing";
        try
        {
            return Read<SweepStatus>(await EventuallyAsync(AskAsync, SubmitLimit)).Sweep;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"The sweep was not taken within {SubmitLimit.TotalSeconds:0} s; {Address} answered last: {last}", e);
        }

        async Task<string?> AskAsync()
        {
            using var body = new StringContent(yaml, Encoding.UTF8, "application/yaml");
            using HttpResponseMessage response = await _http.PostAsync($"{Address}/api/v1/sweeps", body);
            string text = await response.Content.ReadAsStringAsync();
            last = $"{(int)response.StatusCode} {text}";
            return response.StatusCode switch
            {
                HttpStatusCode.OK or HttpStatusCode.Created => text,
                HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity => throw new SpecException($"the sweep was refused: {text}"),
                _ => null,
            };
        }
    }

    /// <summary>The sweep's status, or null while nobody can tell.</summary>
    public async Task<SweepStatus?> StatusAsync(string sweep) => await GetAsync($"sweeps/{sweep}") is { } text ? Read<SweepStatus>(text) : null;

    public async Task<RunPage> RunsAsync(string sweep) =>
        Read<RunPage>(await EventuallyAsync(() => GetAsync($"sweeps/{sweep}/runs?offset=0&count=1000")));

    public async Task<IReadOnlyList<WorkerView>> WorkersAsync() => await GetAsync("workers") is { } text ? Read<IReadOnlyList<WorkerView>>(text) : [];

    /// <summary>What <c>advseg drain</c> does.</summary>
    public async Task<DrainReply> DrainAsync(string worker)
    {
        using HttpResponseMessage response = await _http.PostAsync($"{Address}/api/v1/workers/{Uri.EscapeDataString(worker)}/drain", null);
        return Read<DrainReply>(await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
    }

    public async Task<SweepStatus> WaitAsync(string sweep, Func<SweepStatus, bool> holds, TimeSpan limit) =>
        await EventuallyAsync(async () => await StatusAsync(sweep) is { } status && holds(status) ? status : null, limit);

    public Task<SweepStatus> WaitForEndAsync(string sweep, TimeSpan limit) => WaitAsync(sweep, s => s.Ended is not null, limit);

    /// <summary>Every result in the store.</summary>
    public async Task<SortedDictionary<string, RunResult>> ResultsAsync()
    {
        var store = new RetryingArtifactStore(await AzureBlobArtifactStore.OpenAsync(Blob), RetryPolicy.Brief, TimeProvider.System);
        SortedDictionary<string, RunResult> results = new(StringComparer.Ordinal);
        await foreach (ArtifactInfo info in store.ListAsync("runs/"))
        {
            if (info.Key.EndsWith("/result.json", StringComparison.Ordinal))
            {
                RunResult result = CanonicalJson.Read<RunResult>((await store.GetAsync(info.Key))!.Data, info.Key);
                results[result.Run] = result;
            }
        }

        return results;
    }

    /// <summary>
    /// Asks until there is an answer, 60 s by default. A server that is not there yet, just gone, or slower than a request may take has not
    /// answered.
    /// </summary>
    public static Task<T> EventuallyAsync<T>(Func<Task<T?>> ask, TimeSpan? limit = null)
        where T : class => Until.AnsweredAsync(
            async () =>
            {
                try
                {
                    return await ask();
                }
                catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
                {
                    return null;
                }
            },
            limit ?? TimeSpan.FromSeconds(60),
            TimeSpan.FromMilliseconds(200));

    public async ValueTask DisposeAsync()
    {
        foreach (SiloNode silo in Silos)
        {
            await silo.DisposeAsync();
        }

        if (_dashboard is not null)
        {
            await _dashboard.DisposeAsync();
        }

        if (_ownsServers)
        {
            await Redis.DisposeAsync();
            await Azurite.DisposeAsync();
        }

        _http.Dispose();
    }

    private async Task LaunchAsync()
    {
        foreach (SiloNode silo in Silos)
        {
            silo.Launch();
        }

        StartDashboard();
        await Task.WhenAll(Silos.Select(w => w.StartedAsync()));
    }

    private async Task<string?> GetAsync(string path)
    {
        using HttpResponseMessage response = await _http.GetAsync($"{Address}/api/v1/{path}");
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync() : null;
    }

    private static T Read<T>(string text) => JsonSerializer.Deserialize<T>(text, CanonicalJson.Options)!;
}

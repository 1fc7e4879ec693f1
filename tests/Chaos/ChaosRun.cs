using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Servers;

namespace AdvSeg.Chaos;

/// <summary>The same sweep twice on real clusters: undisturbed, then under faults.</summary>
internal sealed record ChaosPlan
{
    public int Runs { get; init; } = 60;

    public TimeSpan Seconds { get; init; } = TimeSpan.FromSeconds(180);

    public ulong Seed { get; init; }

    public int Steps { get; init; } = 200;

    public int Workers { get; init; } = 3;

    public int Controls { get; init; } = 1;

    /// <summary>Twenty checkpoints a run.</summary>
    public int CheckpointSteps => Math.Max(1, Steps / 20);
}

internal static class ChaosRun
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    /// <exception cref="MissingPartException">Redis or Azurite cannot be run here.</exception>
    public static async Task<(ChaosReport Report, FaultInjector Injector)> RunAsync(ChaosPlan plan, string folder, Action<string> say)
    {
        string yaml = SweepFile.CrossValidation("chaos", plan.Runs, plan.Steps);
        await using var redis = new RedisServer();
        await using var azurite = new AzuriteServer(Path.Combine(folder, "blobs"));
        await redis.StartAsync();
        await azurite.StartAsync();
        say("undisturbed sweep");
        SortedDictionary<string, RunResult> undisturbed = await UndisturbedAsync(redis, azurite, plan, folder, yaml, say);

        var shape = new ClusterShape { Name = "stormy", Workers = plan.Workers, Controls = plan.Controls, CheckpointSteps = plan.CheckpointSteps };
        await using ClusterUnderTest cluster = await ClusterUnderTest.StartAsync(redis, azurite, Path.Combine(folder, "stormy"), shape);
        string sweep = await cluster.SubmitAsync(yaml);
        say($"sweep {sweep} of {undisturbed.Count} runs under faults");
        var injector = new FaultInjector(cluster, plan.Seed, say);
        using var calm = new CancellationTokenSource(plan.Seconds);
        Task injecting = injector.RunAsync(calm.Token);
        SweepStatus status = await cluster.WaitForEndAsync(sweep, Limit);
        await calm.CancelAsync();
        await injecting;
        say($"sweep ended: {status.Stage}, {status.Completed} completed, {status.Failed} failed");

        RunPage page = await cluster.RunsAsync(sweep);
        foreach (RunRow row in page.Rows.Where(r => r.State is not (RunState.Completed or RunState.NotChosen)))
        {
            say($"run {row.Run} is {row.State}: {row.Message}");
        }

        var timeline = new Timeline(cluster.Silos.SelectMany(s => s.Log), injector.Faults);
        ChaosReport report = ChaosReport.Of(
            timeline, injector.Faults, page, await cluster.ResultsAsync(), undisturbed,
            [.. cluster.Workers.SelectMany(w => w.Launches.Select(at => (w.Name, at)))], plan);
        return (report, injector);
    }

    private static async Task<SortedDictionary<string, RunResult>> UndisturbedAsync(
        RedisServer redis, AzuriteServer azurite, ChaosPlan plan, string folder, string yaml, Action<string> say)
    {
        var shape = new ClusterShape { Name = "calm", Workers = plan.Workers, CheckpointSteps = plan.Steps * 2 };
        await using ClusterUnderTest cluster = await ClusterUnderTest.StartAsync(redis, azurite, Path.Combine(folder, "calm"), shape);
        string sweep = await cluster.SubmitAsync(yaml);
        SweepStatus status = await cluster.WaitForEndAsync(sweep, Limit);
        say($"undisturbed: {status.Completed} of {status.Planned} runs in {(status.Ended - status.Started)?.TotalSeconds:0} s");
        return await cluster.ResultsAsync();
    }
}

using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard.Telemetry;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>What autoscaling and alerts ask for: runs that a free worker would train.</summary>
public sealed class ClusterMetricsTests
{
    [Fact]
    public void Runs_ThatArePausedAloneOrWithTheirSweep_AreNotQueued()
    {
        using var readings = new MeterReadings();
        var metrics = new ClusterMetrics(readings.Factory);

        metrics.Observe(
            [
                Sweep("goes-on", planned: 10, running: 2, completed: 3),
                Sweep("some-paused", planned: 10, running: 0, completed: 3) with { PausedRuns = 4 },
                Sweep("more-paused-than-wait", planned: 10, running: 1, completed: 8) with { PausedRuns = 4 },
                Sweep("paused", planned: 10, running: 1, completed: 3) with { Paused = true },
                Sweep("cancelled", planned: 10, running: 0, completed: 3) with { Ended = DateTimeOffset.UnixEpoch },
            ],
            []);

        Dictionary<string, double> read = readings.Read().ToDictionary(r => r.Name, r => r.Value);
        Assert.Equal(5 + 3, read["advseg_runs{state=queued}"]);
        Assert.Equal(4 + 1 + 6, read["advseg_runs{state=paused}"]);
        Assert.Equal(4, read["advseg_runs{state=running}"]);
    }

    private static SweepStatus Sweep(string id, int planned, int running, int completed) => new()
    {
        Sweep = id,
        Name = id,
        Owner = "o",
        Priority = 0,
        Stage = SweepStage.CrossValidation,
        Paused = false,
        Started = DateTimeOffset.UnixEpoch,
        Planned = planned,
        Running = running,
        Completed = completed,
        Failed = 0,
        Cancelled = 0,
        Reused = 0,
        Reported = false,
    };
}

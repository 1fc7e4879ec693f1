using AdvSeg.Grains.Interfaces;
using AdvSeg.Hosting.Health;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary>The cluster answers: its scheduler is active, which also says that its state could be written.</summary>
internal sealed class ClusterProbe(IGrainFactory grains) : IReadinessProbe
{
    public string Name => "cluster";

    public Task ProbeAsync(CancellationToken cancellationToken) =>
        grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers().WaitAsync(cancellationToken);
}

using AdvSeg.Core;

namespace AdvSeg.Grains.Interfaces;

/// <summary>The one scheduler of a cluster; key: <see cref="Key"/>. Owns leases and the rising token counter.</summary>
[Alias("advseg.scheduler")]
public interface ISchedulerGrain : IGrainWithStringKey
{
    const string Key = "default";

    [Alias("GetWorkers")]
    Task<IReadOnlyList<WorkerView>> GetWorkers();
}

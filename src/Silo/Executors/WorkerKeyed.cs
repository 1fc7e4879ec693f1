using AdvSeg.Grains.Interfaces;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace AdvSeg.Silo.Executors;

/// <summary>
/// Places a grain on the silo named in its key and nowhere else. It is not registered in the grain directory: a directory entry on a
/// lost silo would deactivate executors on healthy ones (docs/architecture.md, "From a sweep to its figures").
/// </summary>
public sealed class WorkerKeyedPlacement : PlacementStrategy
{
    public override bool IsUsingGrainDirectory => false;
}

[AttributeUsage(AttributeTargets.Class)]
public sealed class WorkerKeyedAttribute() : PlacementAttribute(new WorkerKeyedPlacement());

/// <summary>Reads the silo from the key; a silo that is gone makes the call fail at once.</summary>
public sealed class WorkerKeyedDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string key = target.GrainIdentity.Key.ToString()!;
        SiloAddress silo = SiloAddress.FromParsableString(ExecutorKey.SiloOf(key));
        return context.GetCompatibleSilos(target).Contains(silo)
            ? Task.FromResult(silo)
            : throw new SiloUnavailableException($"worker {ExecutorKey.SiloOf(key)}, which held this attempt, has left the cluster");
    }
}

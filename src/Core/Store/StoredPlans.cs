using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;

namespace AdvSeg.Core.Store;

/// <summary>Plans in the store.</summary>
public static class StoredPlans
{
    /// <summary>The plan, or null when the sweep has none.</summary>
    /// <exception cref="DamagedException">It cannot be read, or not be followed.</exception>
    public static async Task<Plan?> FindPlanAsync(this IArtifactStore store, SweepId sweep, CancellationToken cancellationToken = default) =>
        await store.FindAsync(ArtifactKeys.Plan(sweep), cancellationToken) is not { } plan ? null
            : PlanRules.ProblemOf(plan, sweep) is { } problem ? throw DamagedException.Of(ArtifactKeys.Plan(sweep), problem)
            : plan;
}

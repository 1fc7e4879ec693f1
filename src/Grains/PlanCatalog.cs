using System.Collections.Concurrent;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Store;

namespace AdvSeg.Grains;

/// <summary>Plans never change once stored, so one copy per silo serves every grain.</summary>
public sealed class PlanCatalog(IArtifactStore store)
{
    private readonly ConcurrentDictionary<string, Plan> _plans = new();

    /// <exception cref="SpecException">The sweep has no plan, or it cannot be read.</exception>
    public async Task<Plan> GetAsync(string sweep)
    {
        if (_plans.TryGetValue(sweep, out Plan? known))
        {
            return known;
        }

        string key = ArtifactKeys.Plan(SweepId.Parse(sweep));
        Artifact artifact = await store.GetAsync(key) ?? throw new SpecException($"there is no sweep '{sweep}'.");
        return _plans.GetOrAdd(sweep, CanonicalJson.Read<Plan>(artifact.Data, key));
    }
}

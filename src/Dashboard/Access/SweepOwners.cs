using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Access;

/// <summary>Whose a sweep is. It never changes: the owner is a part of the sweep's id.</summary>
internal sealed class SweepOwners(SweepCatalog sweeps, IArtifactStore store)
{
    /// <exception cref="NotFoundException">There is no such sweep, so that nobody owns what may come to be it at this moment.</exception>
    public async Task<string> OfAsync(string sweep, CancellationToken cancellationToken) =>
        await store.FindAsync(ArtifactKeys.PendingSweep(SweepId.Parse(sweep)), cancellationToken) is { } pending
            ? pending.Spec.Owner
            : (await sweeps.GetAsync(sweep)).Owner;
}

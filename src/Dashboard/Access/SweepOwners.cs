using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Whose a sweep is. The owner is a part of the sweep's id, but the id has only 32 bits of the spec, so somebody could search for a submission with
/// the id of another's sweep. Therefore a user who steers must own both: what waits under the id, and what was started under it.
/// </summary>
internal sealed class SweepOwners(SweepCatalog sweeps, IArtifactStore store, AccessSettings settings)
{
    /// <exception cref="NotFoundException">
    /// There is no such sweep. This holds even if one is being submitted at this moment, because nobody owns that one yet.
    /// </exception>
    public async Task<IReadOnlyList<string>> OfAsync(string sweep, CancellationToken cancellationToken) =>
        [.. (await SubmittedAsync(sweep, cancellationToken)).Select(settings.OwnerOf)];

    private async Task<IReadOnlyList<string>> SubmittedAsync(string sweep, CancellationToken cancellationToken)
    {
        SweepStatus? started = await sweeps.FindAsync(sweep);
        return await store.FindAsync(ArtifactKeys.PendingSweep(SweepId.Parse(sweep)), cancellationToken) is { } pending
            ? started is null ? [pending.Spec.Owner] : [pending.Spec.Owner, started.Owner]
            : [(started ?? await sweeps.GetAsync(sweep)).Owner];
    }
}

using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.UseCases.Cohorts;

/// <summary>
/// Notes which digest a phantom has that was rendered into this store: another machine's mathematics library would render other bits.
/// </summary>
internal static class PhantomNotes
{
    /// <summary>Raised when <see cref="Phantom"/> renders other images for the same spec, so that older notes are not used for it.</summary>
    private const int Revision = 1;

    /// <summary>Digest of what a phantom is rendered from.</summary>
    public static string NameOf(PhantomCohort phantom) => Digest.OfJson(new Rendered(phantom, Revision));

    public static string KeyOf(PhantomCohort phantom) => ArtifactKeys.Phantom(NameOf(phantom));

    /// <summary>The digest that is noted under a name, if a cohort of that digest is stored.</summary>
    public static async Task<string?> FindAsync(IArtifactStore store, string name, CancellationToken cancellationToken) =>
        await store.GetAsync(ArtifactKeys.Phantom(name), cancellationToken) is { } note
            && Encoding.ASCII.GetString(note.Data) is var digest && Digest.IsSha256(digest)
            && await store.ExistsAsync(ArtifactKeys.CohortManifest(digest), cancellationToken)
                ? digest
                : null;

    public static Task PutAsync(IArtifactStore store, PhantomCohort phantom, string digest, CancellationToken cancellationToken) =>
        store.PutAsync(KeyOf(phantom), Encoding.ASCII.GetBytes(digest), cancellationToken);

    /// <summary>Names are digests of its JSON: another member would change every name.</summary>
    private sealed record Rendered(PhantomCohort Phantom, int Revision);
}

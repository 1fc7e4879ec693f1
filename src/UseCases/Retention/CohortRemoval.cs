using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Cohorts;

namespace AdvSeg.UseCases.Retention;

/// <summary>
/// A cohort's removal: its manifest first, so that no half of it passes for a cohort, then the patients' files, an upload of it that nobody ended,
/// and what remembers it as a rendered phantom.
/// </summary>
public static class CohortRemoval
{
    private const int MostNamed = 5;

    /// <summary>What goes with a cohort.</summary>
    /// <param name="store">A store that no server uses.</param>
    /// <param name="digest">The cohort.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SpecException">There is no such cohort, a sweep uses it, or a plan cannot be read.</exception>
    public static async Task<Removal> FindAsync(IArtifactStore store, string digest, CancellationToken cancellationToken)
    {
        if (!Digest.IsSha256(digest))
        {
            throw new SpecException($"'{digest}' is not a cohort digest; give the 64 hex digits that 'advseg cohort show' prints.");
        }

        List<ArtifactInfo> phantoms = await PhantomsAsync(store, digest, cancellationToken);
        HashSet<string> keys = [.. phantoms.Select(note => note.Key)];
        string[] users = [.. await new RestingStore(store).UsersOfAsync(digest, keys, cancellationToken)];
        if (users.Length > 0)
        {
            string more = users.Length > MostNamed ? $" and {users.Length - MostNamed} more" : "";
            throw new SpecException($"cohort {digest} is used by {string.Join(", ", users.Take(MostNamed))}{more}; their reports show its "
                + $"patients, and their runs cannot be trained again without it. Remove them first ('advseg rm {users[0]}').");
        }

        List<ArtifactInfo> files = await store.ListAsync(ArtifactKeys.CohortPrefix(digest), cancellationToken).ToListAsync(cancellationToken);
        ArtifactKey<CohortManifest> upload = ArtifactKeys.Upload(digest);
        List<ArtifactInfo> records = await store.ListAsync(upload, cancellationToken).Where(i => i.Key == upload).ToListAsync(cancellationToken);
        if (files.Count == 0 && records.Count == 0)
        {
            throw new SpecException($"there is no cohort {digest} in this store.");
        }

        string manifest = ArtifactKeys.CohortManifest(digest);
        return Removal.Of(
        [
            new($"manifest of cohort {digest[..12]}", [.. files.Where(file => file.Key == manifest)]),
            new($"patients of cohort {digest[..12]}", [.. files.Where(file => file.Key != manifest)]),
            new("record of an upload of it", records),
            new("notes that it is a phantom", phantoms),
        ]);
    }

    private static async Task<List<ArtifactInfo>> PhantomsAsync(IArtifactStore store, string digest, CancellationToken cancellationToken)
    {
        List<ArtifactInfo> notes = [];
        await foreach (ArtifactInfo note in store.ListAsync(ArtifactKeys.Phantom(""), cancellationToken))
        {
            if (await store.GetAsync(note.Key, cancellationToken) is { } known && Encoding.ASCII.GetString(known.Data) == digest)
            {
                notes.Add(note);
            }
        }

        return notes;
    }

    /// <summary>
    /// Sweeps whose plans are over the cohort, and submissions that name it, by its digest or as a phantom that is remembered as it.
    /// </summary>
    private static async Task<SortedSet<string>> UsersOfAsync(
        this RestingStore resting, string digest, HashSet<string> phantoms, CancellationToken cancellationToken)
    {
        bool Names(CohortSource? source) => source switch
        {
            StoredCohort stored => stored.CohortDigest == digest,
            PhantomCohort phantom => phantoms.Contains(PhantomNotes.KeyOf(phantom)),
            FolderCohort or null => false,
            _ => throw new InvalidOperationException($"whether {source.GetType().Name} is a cohort of the store is not known"),
        };

        SortedSet<string> users = new(StringComparer.Ordinal);
        await foreach ((SweepId sweep, Plan plan) in resting.PlansAsync(cancellationToken))
        {
            if (plan.CohortDigest == digest || plan.EvaluationCohortDigest == digest)
            {
                users.Add(sweep.Value);
            }
        }

        await foreach ((SweepId sweep, PendingSweep pending) in resting.PendingAsync(cancellationToken))
        {
            bool waits = pending.Stage is PendingStage.Preparing or PendingStage.Starting;
            if (waits && (Names(pending.Spec.Cohort) || Names(pending.Spec.EvaluationCohort)))
            {
                users.Add(sweep.Value);
            }
        }

        return users;
    }
}

using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// The submissions that wait for their cohorts, as the store has them. All servers over one store see the same, and the store's conditional writes
/// let only one of them prepare each.
/// </summary>
internal sealed class PendingSweeps(IArtifactStore store, TimeProvider clock)
{
    private static int _servers;

    /// <summary>A name of this server that no other on any machine has had.</summary>
    public string Holder { get; } =
        $"{Environment.MachineName}-{Environment.ProcessId}-{Interlocked.Increment(ref _servers)}-{clock.GetUtcNow().UtcTicks:x}";

    /// <summary>The submission and its version; null when there is none.</summary>
    /// <exception cref="DamagedException">Its record cannot be read.</exception>
    public async Task<(PendingSweep Record, string ETag)?> ReadAsync(SweepId sweep, CancellationToken cancellationToken) =>
        await store.GetAsync(Key(sweep), cancellationToken) is { } there ? (Read(sweep, there), there.ETag) : null;

    /// <summary>The submission, unless it was taken back.</summary>
    /// <exception cref="SpecException">It was refused, or its record cannot be read.</exception>
    public async Task<PendingSweep?> FindAsync(SweepId sweep, CancellationToken cancellationToken)
    {
        PendingSweep? found = (await ReadAsync(sweep, cancellationToken))?.Record;
        string why = $"Sweep '{sweep}' was not started: {found?.Refusal}";
        return found?.Stage switch
        {
            null or PendingStage.Cancelled => null,
            PendingStage.Refused => throw new SpecException(why),
            PendingStage.Damaged => throw new DamagedException(why),
            PendingStage.Preparing or PendingStage.Starting => found,
            var stage => throw new InvalidOperationException($"{stage} is not a stage of a submission"),
        };
    }

    /// <summary>Stores a submission, in the place of one that was refused.</summary>
    /// <returns>Null when another server prepares the same one.</returns>
    /// <exception cref="NotYetException">It is being taken back at this moment.</exception>
    /// <exception cref="SpecException">The other server prepares another sweep with this id.</exception>
    public async Task<HeldSubmission?> AcceptAsync(SweepId sweep, SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        var record = new PendingSweep(spec, yaml) { Holder = Holder };
        byte[] data = CanonicalJson.Write(record);
        while (true)
        {
            if (await store.TryCreateAsync(Key(sweep), data, cancellationToken) is { } created)
            {
                return new HeldSubmission(store, Key(sweep), record, created);
            }

            if (await store.GetAsync(Key(sweep), cancellationToken) is { } there)
            {
                PendingSweep? old = IsReadable(sweep, there) ? Read(sweep, there) : null;
                if (old is { Stage: PendingStage.Cancelled })
                {
                    throw new NotYetException($"Sweep '{sweep}' is being cancelled at this moment; submit it again in a minute.");
                }

                if (old is { Stage: PendingStage.Preparing or PendingStage.Starting } && old.Holder != Holder)
                {
                    spec.RequireIs(old.Spec);
                    return null;
                }

                // The record may also be this server's own, when the answer to its first try was lost.
                if (await store.TryReplaceAsync(Key(sweep), data, there.ETag, cancellationToken) is { } replaced)
                {
                    return new HeldSubmission(store, Key(sweep), record, replaced);
                }
            }
        }
    }

    /// <summary>Goes on with a submission in the place of who held it.</summary>
    /// <returns>Null when the record has changed since it was read: somebody else was faster.</returns>
    public async Task<HeldSubmission?> TakeAsync(SweepId sweep, PendingSweep record, string etag, CancellationToken cancellationToken)
    {
        PendingSweep taken = record with { Holder = Holder, Renewals = record.Renewals + 1 };
        return await store.TryReplaceAsync(Key(sweep), CanonicalJson.Write(taken), etag, cancellationToken) is { } replaced
            ? new HeldSubmission(store, Key(sweep), taken, replaced)
            : null;
    }

    /// <summary>
    /// Takes a submission back. The record is marked first: the server that prepares it learns of the mark before it starts the sweep.
    /// </summary>
    /// <returns>What it was; null when there was none that could be taken back.</returns>
    /// <exception cref="NotYetException">Its sweep is being started at this moment.</exception>
    public async Task<PendingSweep?> CancelAsync(SweepId sweep)
    {
        while (await ReadAsync(sweep, CancellationToken.None) is var (record, etag))
        {
            if (record.Stage is PendingStage.Starting)
            {
                throw new NotYetException($"Sweep '{sweep}' is being started at this moment; cancel it again in a few seconds.");
            }

            if (record.Stage is not (PendingStage.Preparing or PendingStage.Cancelled))
            {
                return null;
            }

            if (await RemoveAsync(sweep, record, etag))
            {
                return record;
            }
        }

        return null;
    }

    /// <returns>False when the record has changed since it was read.</returns>
    public async Task<bool> RemoveAsync(SweepId sweep, PendingSweep record, string etag)
    {
        PendingSweep marked = record with { Stage = PendingStage.Cancelled, Holder = Holder, Renewals = record.Renewals + 1 };
        if (await store.TryReplaceAsync(Key(sweep), CanonicalJson.Write(marked), etag) is not { } mark)
        {
            return false;
        }

        // Deletes only the mark: when this call is late or repeated, somebody may have removed the mark, and a new submission may be there.
        await store.TryDeleteAsync(Key(sweep), mark);
        return true;
    }

    private static ArtifactKey<PendingSweep> Key(SweepId sweep) => ArtifactKeys.PendingSweep(sweep);

    private static bool IsReadable(SweepId sweep, Artifact artifact)
    {
        try
        {
            return Read(sweep, artifact).Spec is not null;
        }
        catch (DamagedException)
        {
            return false;
        }
    }

    private static PendingSweep Read(SweepId sweep, Artifact artifact)
    {
        PendingSweep record = StoredJson.Read<PendingSweep>(artifact.Data, Key(sweep));
        return record.Spec.Id() == sweep ? record : throw DamagedException.Of(Key(sweep), "holds another sweep");
    }
}

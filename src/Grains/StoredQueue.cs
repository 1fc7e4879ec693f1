using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;

namespace AdvSeg.Grains;

/// <summary>The scheduler's state as it is stored.</summary>
public static class StoredQueue
{
    /// <summary>Checked when a process starts: it must not start with a scheduler that fails at every call or has forgotten everything.</summary>
    /// <returns>The state; null in a new store.</returns>
    /// <exception cref="DamagedException">The state cannot be read, or is missing although there are sweeps.</exception>
    public static async Task<QueueSnapshot?> FindAsync(IArtifactStore store, CancellationToken cancellationToken)
    {
        QueueSnapshot? stored = await store.FindAsync(ArtifactKeys.SchedulerState, cancellationToken);
        stored?.RefuseNewerFormat();
        if (stored is not null && QueueRules.ProblemOf(stored) is { } problem)
        {
            throw DamagedException.Of(ArtifactKeys.SchedulerState, problem);
        }

        return stored is null && await HasSweepsAsync(store, cancellationToken) ? throw Missing() : stored;
    }

    /// <summary>Refuses to begin with an empty state where there are sweeps: attempt numbers would be handed out a second time.</summary>
    /// <exception cref="DamagedException">There is no state although there are sweeps, or an empty one.</exception>
    internal static async Task RequireAsync(IPersistentState<QueueSnapshot> state, IArtifactStore store, CancellationToken cancellationToken)
    {
        if (state.RecordExists)
        {
            return;
        }

        if (state.Etag is not null)
        {
            throw DamagedException.Of(ArtifactKeys.SchedulerState, "is empty");
        }

        if (await HasSweepsAsync(store, cancellationToken))
        {
            throw Missing();
        }
    }

    private static DamagedException Missing() => DamagedException.Of(ArtifactKeys.SchedulerState, "is missing although there are sweeps");

    private static Task<bool> HasSweepsAsync(IArtifactStore store, CancellationToken cancellationToken) =>
        store.ListAsync(ArtifactKeys.SweepStates, cancellationToken).AnyAsync(cancellationToken).AsTask();
}

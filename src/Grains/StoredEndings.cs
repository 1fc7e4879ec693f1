using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>Learns of leased runs what the store has and the scheduler was not told: results, and checkpoints of dead attempts.</summary>
internal sealed partial class StoredEndings(IArtifactStore store, TimeProvider clock, ILogger logger)
{
    /// <summary>
    /// Learns how far the attempts of dead workers came. Renewals are not stored, so a scheduler that died together with its workers does not know
    /// it, and would count a run with a new checkpoint towards a crash loop.
    /// </summary>
    /// <returns>Whether a run was completed.</returns>
    public async Task<bool> LearnAsync(IEnumerable<Lease> dead, LeaseQueue queue)
    {
        bool completed = false;
        foreach (Lease lease in dead)
        {
            try
            {
                completed |= await LearnAsync(lease, queue);
            }
            catch (IOException e)
            {
                // One file that cannot be read must not keep the scheduler from starting.
                LogNotLearned(logger, e, lease.Run);
            }
        }

        return completed;
    }

    /// <summary>Runs that already have a result are completed with it.</summary>
    /// <returns>The tokens of the completed runs' leases.</returns>
    public async Task<HashSet<long>> CompleteFinishedAsync(IReadOnlyList<Lease> leases, LeaseQueue queue)
    {
        (bool Found, string? Lost)[] results = await Task.WhenAll(leases.Select(FindOrLoseAsync));
        HashSet<long> finished = [];
        foreach ((Lease lease, (bool found, string? lost)) in leases.Zip(results))
        {
            if (lost is not null)
            {
                LogResultLost(logger, lease.Run, lost);
            }

            if (found)
            {
                queue.Complete(lease.Run, foundBeforeTraining: true, clock.GetUtcNow());
                finished.Add(lease.Token);
            }
        }

        return finished;
    }

    private async Task<bool> LearnAsync(Lease lease, LeaseQueue queue)
    {
        var run = new RunId(lease.Run);
        if (await store.HasReadableResultAsync(run))
        {
            queue.Complete(lease.Run, foundBeforeTraining: false, clock.GetUtcNow());
            return true;
        }

        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.CheckpointsPrefix(run, lease.Token)))
        {
            if (AttemptKey.Parse(info.Key)?.CheckpointStep is { } step)
            {
                queue.Renew(lease.Worker, [new RenewedToken(lease.Token, step)], clock.GetUtcNow());
            }
        }

        return false;
    }

    /// <summary>A run whose result cannot be looked for is granted: its attempt looks again, and waits for the store if it must.</summary>
    private async Task<(bool Found, string? Lost)> FindOrLoseAsync(Lease lease)
    {
        try
        {
            return await store.FindOrLoseResultAsync(new RunId(lease.Run));
        }
        catch (IOException e)
        {
            LogNotLookedAt(logger, e, lease.Run);
            return (false, null);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the last attempt of run {Run} came to cannot be read; it counts as lost "
        + "without progress")]
    private static partial void LogNotLearned(ILogger logger, Exception exception, string run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether run {Run} has a result could not be looked at; it is granted, and its attempt "
        + "looks again")]
    private static partial void LogNotLookedAt(ILogger logger, Exception exception, string run);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} is trained again, its result is put aside: {Problem}")]
    private static partial void LogResultLost(ILogger logger, string run, string problem);
}
